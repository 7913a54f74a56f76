// Runs a program under V8's sampling profiler, and prints what it has seen.
import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
const url = new URL("./busy.ts", import.meta.url).href;
let scriptId = "";
session.on("Debugger.scriptParsed", ({ params }) => {
	if (params.url === url) ({ scriptId } = params);
});
await session.post("Debugger.enable");
await session.post("Profiler.enable");
await session.post("Profiler.setSamplingInterval", { interval: 200 });
await session.post("Profiler.start");
await import(url);
const { profile } = await session.post("Profiler.stop");
const { scriptSource } = await session.post("Debugger.getScriptSource", { scriptId });
const nodes = profile.nodes
	.filter(({ callFrame }) => callFrame.url === url)
	.map(({ callFrame: { functionName, lineNumber, columnNumber }, positionTicks = [] }) => ({
		functionName,
		lineNumber,
		columnNumber,
		hits: positionTicks.map(({ line }) => line),
	}));
console.log(JSON.stringify({ nodes, source: scriptSource }));
