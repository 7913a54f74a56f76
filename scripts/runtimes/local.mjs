// Runs a suite in processes of a runtime with a command line. A test that takes the process down has failed; a new
// process goes on with the next one.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { root } from "../nodes.mjs";

const runner = join(root, "scripts/runtimes/command-line.mjs");
const silence = 150_000;
const mostCrashes = 10;

/** Gives `{ ids, broken, results }`. */
export async function runLocally(
	{ program, flags, childFlags },
	bundle,
	{ library, programs, record, compiler, only },
) {
	let suite;
	const results = [];
	let from = 0;
	for (let crashes = 0; ; crashes++) {
		const words = {
			bundle: pathToFileURL(bundle).href,
			programs,
			record,
			compiler,
			only,
			from,
			host: { dist: `${pathToFileURL(library).href}/`, flags: childFlags },
		};
		const { begun, ended, output, ...more } = await execute(
			program,
			[...flags, runner, JSON.stringify(words)],
			results,
		);
		suite ??= more.suite;
		if (ended) return { ...suite, results };
		if (suite === undefined || begun < from || crashes >= mostCrashes)
			return { ids: [], broken: [], results: [...results, failed("the suite", output)], ...suite };
		results.push(failed(suite.ids[begun], output));
		from = begun + 1;
	}
}

const failed = (id, output) => ({ id, outcome: "failed", message: `the process has ended\n${output.slice(-3_000)}` });

function execute(program, args, results) {
	return new Promise((resolve) => {
		const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
		let [suite, begun, ended, output] = [undefined, -1, false, ""];
		let pending = false;
		const keep = (text) => {
			output = (output + text).slice(-20_000);
		};
		const stop = () => child.kill("SIGKILL");
		let watchdog = setTimeout(stop, silence);
		createInterface({ input: child.stdout }).on("line", (line) => {
			clearTimeout(watchdog);
			watchdog = setTimeout(stop, silence);
			const [, kind, rest] = /^@(suite|begin|result|end)(?: (.*))?$/.exec(line) ?? [];
			if (kind === undefined) keep(`${line}\n`);
			else if (kind === "suite") suite = JSON.parse(rest);
			else if (kind === "begin") {
				begun = Number(rest);
				pending = true;
				output = "";
			} else if (kind === "result") {
				results.push(JSON.parse(rest));
				pending = false;
			} else ended = true;
		});
		child.stderr.setEncoding("utf8").on("data", keep);
		child.on("error", (error) => keep(error.message));
		child.on("close", (code, signal) => {
			clearTimeout(watchdog);
			if (!ended) keep(`\nended with ${signal ?? `code ${code}`}`);
			// Between two tests: the one that is over has left something behind that took the process down.
			if (!ended && !pending && begun >= 0) results.pop();
			resolve({ suite, begun, ended, output });
		});
	});
}
