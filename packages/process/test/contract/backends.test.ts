import { nodePlatform } from "@weftos/platform";
import { backendContract } from "./backend-contract.ts";
import { LoopbackBackend } from "./loopback-backend.ts";

backendContract("inline");
backendContract("worker");
backendContract("process", { disk: nodePlatform().files });
backendContract("loopback", { backends: [new LoopbackBackend()] });
