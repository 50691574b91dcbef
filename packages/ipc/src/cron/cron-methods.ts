/** Cron for every wire and the command line. */
import type { Method, MethodCaller } from "@weftos/interface";
import { defineMethod, z } from "@weftos/schema";
import type { Cron, CronCall } from "./cron.ts";
import { jobChangeSchema, newJobSchema } from "./cron-job.ts";

const job = z.string().check(z.minLength(1), z.maxLength(128));
const approval = z.optional(z.string().check(z.maxLength(64)));
const onJob = z.strictObject({ job, approval });

/** Makes the methods `cron.*`. */
export function cronMethods(cron: Cron): readonly Method[] {
  return [
    defineMethod({
      name: "cron.list",
      description: "Lists cron jobs, when each runs next and how it went last",
      role: "viewer",
      mutates: false,
      input: z.strictObject({}),
      run: () => ({ jobs: cron.list() }),
    }),
    defineMethod({
      name: "cron.show",
      description: "Shows one cron job, by id or name",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ job }),
      run: ({ job }) => cron.show(job),
    }),
    defineMethod({
      name: "cron.history",
      description: "Shows the newest runs of a cron job, newest first",
      role: "viewer",
      mutates: false,
      input: z.strictObject({ job }),
      run: ({ job }) => ({ job: cron.show(job).name, runs: cron.history(job) }),
    }),
    defineMethod({
      name: "cron.add",
      description: "Adds a job that the kernel runs by itself, under the caller's rights",
      role: "operator",
      mutates: true,
      input: z.strictObject({ job: newJobSchema, approval }),
      run: ({ job, approval }, caller) => cron.add(job, callOf(caller, approval)),
    }),
    defineMethod({
      name: "cron.edit",
      description: "Changes a cron job; what is not named stays",
      role: "operator",
      mutates: true,
      input: z.strictObject({ job, change: jobChangeSchema, approval }),
      run: ({ job, change, approval }, caller) => cron.edit(job, change, callOf(caller, approval)),
    }),
    defineMethod({
      name: "cron.run",
      description: "Runs a cron job now, and waits until it ended",
      role: "operator",
      mutates: true,
      input: onJob,
      run: ({ job, approval }, caller) => cron.run(job, callOf(caller, approval)),
    }),
    onJobMethod("enable", "Lets a cron job run again", cron),
    onJobMethod("disable", "Keeps a cron job from running", cron),
    onJobMethod("remove", "Removes a cron job for good", cron),
  ];
}

function onJobMethod(verb: "enable" | "disable" | "remove", description: string, cron: Cron): Method {
  return defineMethod({
    name: `cron.${verb}`,
    description,
    role: "operator",
    mutates: true,
    input: onJob,
    run: ({ job, approval }, caller) => cron[verb](job, callOf(caller, approval)),
  });
}

function callOf({ subject, signal, onWarnings }: MethodCaller, approval: string | undefined): CronCall {
  return { as: subject, signal, approval, onWarnings };
}
