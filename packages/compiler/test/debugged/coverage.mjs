// Runs a program under V8's precise coverage, and prints what V8 says of it.
import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
const sources = new Map();
session.on("Debugger.scriptParsed", ({ params }) => sources.set(params.scriptId, params));
await session.post("Debugger.enable");
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
const url = new URL("./work.ts", import.meta.url).href;
await import(url);
const { result } = await session.post("Profiler.takePreciseCoverage");
const found = result.find((script) => script.url === url);
const { scriptSource } = await session.post("Debugger.getScriptSource", { scriptId: found.scriptId });
console.log(JSON.stringify({ functions: found.functions, source: scriptSource }));
