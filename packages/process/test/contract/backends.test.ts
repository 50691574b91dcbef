import { backendContract } from "./backend-contract.ts";
import { LoopbackBackend } from "./loopback-backend.ts";

backendContract("inline");
backendContract("worker");
backendContract("loopback", [new LoopbackBackend()]);
