// npm start: bootstrap, then the example, on the Node that runs npm.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { bootstrap } from "./bootstrap.mjs";
import { hostNode, root } from "./nodes.mjs";

bootstrap();
const child = spawn(
	hostNode,
	[join(root, "packages/cli/dist/bin.js"), "run", join(root, "examples/linkcheck/main.ts"), ...process.argv.slice(2)],
	{ stdio: "inherit" },
);
child.on("error", (error) => {
	console.error(`holdfast: ${error.message}`);
	process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));

// A signal to the whole group, such as a terminal's Ctrl-C, has reached the child already, and a second copy would mean
// "quit at once". A signal to npm or to this process alone must be handed on. A process that does nothing but stand in
// the group tells them apart: only a group's signal ends it. It also ends when this process does, with its input.
// (`exec` in package.json: the shell between npm and this process would die of SIGTERM and leave the program running.)
const standGuard = () => spawn("cat", { stdio: ["pipe", "ignore", "ignore"] }).on("error", () => {});
const settleTime = 100;
let guard = standGuard();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
	let settling = false;
	process.on(signal, () => {
		if (settling) return;
		settling = true;
		setTimeout(() => {
			settling = false;
			if (guard.exitCode === null && guard.signalCode === null) child.kill(signal);
			else guard = standGuard();
		}, settleTime);
	});
}
