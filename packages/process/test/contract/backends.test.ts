import { backendContract } from "./backend-contract.ts";

backendContract("inline");
backendContract("worker");
