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

// A terminal's Ctrl-C reaches every process of the group, so the child has it already, and a second copy
// would mean "quit at once". A signal that was sent to this process alone must be handed on. npm repeats
// what it gets itself, so a group's signal arrives here at least twice, a single one once.
const settleTime = 50;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
	let copies = 0;
	process.on(signal, () => {
		copies += 1;
		if (copies > 1 || (signal === "SIGINT" && process.stdin.isTTY)) return;
		setTimeout(() => {
			if (copies === 1) child.kill(signal);
			copies = 0;
		}, settleTime);
	});
}
