/** Finds where a message is to go, and what the guard is asked about that. Decides nothing and delivers nothing. */
import {
  type Attributes,
  KERNEL_PID,
  type MessageTarget,
  type NodeId,
  type Pid,
  type ServiceDirectory,
} from "@weftos/interface";
import { ServiceElsewhereError, ServiceNotFoundError, TargetNotFoundError } from "../ipc-errors.ts";
import { type Endpoints, type ProcessRoute, routeTo } from "./endpoints.ts";

interface Asked {
  /** What the message says of where it goes. */
  readonly target: MessageTarget;
  /** What the guard is asked. */
  readonly resource: string;
  readonly attributes: Attributes;
  /** What the digest record says of where it goes. */
  readonly name: number | string;
}

/** Where a message goes. */
export type Route =
  | ProcessRoute
  | (Asked &
      (
        | { readonly to: "topic"; readonly topic: string }
        | { readonly to: "broadcast" }
        | { readonly to: "kernel" }
        | { readonly to: "remote"; readonly node: NodeId }
        | { readonly to: "nowhere"; readonly error: ServiceNotFoundError | ServiceElsewhereError }
      ));

/** The route to the subscribers of a topic. */
export type TopicRoute = Extract<Route, { readonly to: "topic" }>;

const kernelTarget: MessageTarget = Object.freeze({ kind: "kernel" });
const kernelAttributes: Attributes = Object.freeze({ pid: KERNEL_PID });

export class Routes {
  readonly #endpoints: Endpoints;
  readonly #services: () => Pick<ServiceDirectory, "resolve">;

  constructor(endpoints: Endpoints, services: () => Pick<ServiceDirectory, "resolve">) {
    this.#endpoints = endpoints;
    this.#services = services;
  }

  find(to: Pid | MessageTarget): Route {
    if (typeof to === "number") return to === KERNEL_PID ? kernelRoute(kernelTarget) : this.#process(to, undefined);
    switch (to.kind) {
      case "process":
        return to.pid === KERNEL_PID ? kernelRoute(to) : this.#process(to.pid, undefined);
      case "topic":
        return topicRoute(to, to.topic);
      case "broadcast":
        return { to: "broadcast", target: to, resource: "broadcast", attributes: {}, name: "broadcast" };
      case "kernel":
        return kernelRoute(to);
      case "service":
        return this.#service(to.service, to);
      case "serviceMethod":
        return this.#service(to.service, to);
      case "remote": {
        const { node } = to;
        return { to: "remote", node, target: to, resource: `node:${node}`, attributes: { node }, name: node };
      }
    }
  }

  #process(pid: Pid, target: MessageTarget | undefined): Route {
    const route = this.#endpoints.find(pid)?.route ?? routeTo(pid, undefined);
    return target === undefined ? route : { ...route, target };
  }

  #service(service: string, target: MessageTarget): Route {
    const found = this.#services().resolve(service)?.endpoint;
    if (found?.kind === "process") return this.#process(found.pid, target);
    const error =
      found === undefined
        ? new ServiceNotFoundError(`no service is called ${service}`, { details: { service }, retryable: true })
        : new ServiceElsewhereError(
            `the service ${service} is ${found.kind === "external" ? "at a URL" : "in a container"}: messages reach processes`,
            { details: { service, endpoint: found.kind } },
          );
    return { to: "nowhere", error, target, resource: `service:${service}`, attributes: { service }, name: service };
  }
}

function kernelRoute(target: MessageTarget): Route {
  return { to: "kernel", target, resource: "process:0", attributes: kernelAttributes, name: KERNEL_PID };
}

export function topicRoute(target: MessageTarget, topic: string): TopicRoute {
  return { to: "topic", topic, target, resource: `topic:${topic}`, attributes: { topic }, name: topic };
}

/** Makes the error of a process without a mailbox. */
export function notFound(pid: Pid): TargetNotFoundError {
  return new TargetNotFoundError(`process ${pid} has no mailbox: it does not exist or has ended`, { details: { pid } });
}
