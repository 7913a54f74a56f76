// Runs a table of stages one after the other, adds up what each counted, and prints one closing line.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { root } from "./nodes.mjs";

/**
 * @typedef {object} Stage
 * @property {string} title
 * @property {string[]} command program and arguments, run in the root directory
 * @property {string} [needs] a file without which the stage cannot run; its absence is a failure
 * @property {number} [minutes] after which the stage is stopped and has failed (10)
 * @property {"tally" | "vitest" | "exit"} counts where the counts come from: the closing line `N passed, N failed`,
 * vitest's JSON report, or the exit code alone (one check)
 */

/** How the suites begin the line that names a test that has failed. */
const failureLine = /^\s*(?:✗|×|FAIL) +\S/;

const tallyLine = /^\s*(?:\S+:\s+)?(\d+) passed, (\d+) failed(?:, \d+ skipped)?\s*$/;

/**
 * @param {Stage[]} stages
 * @param {number} patience milliseconds between asking a stage to stop and killing it; more for stages that run stages
 */
export async function runStages(stages, patience = 1000) {
	const rows = [];
	for (const stage of stages) {
		console.log(`\n── ${stage.title} ──`);
		const started = performance.now();
		const counts = await runStage(stage, patience);
		rows.push({ title: stage.title, seconds: (performance.now() - started) / 1000, ...counts });
	}
	const failures = rows.flatMap((row) => row.failures ?? []);
	// Said again at the end, since they stand far up in a long log.
	if (failures.length > 0) console.log(`\nWhat failed:\n${[...new Set(failures)].join("\n")}`);
	const width = Math.max(...rows.map((row) => row.title.length));
	console.log("");
	for (const { title, passed, failed, seconds, note } of rows) {
		const figures = `${String(passed).padStart(7)} ok ${String(failed).padStart(5)} not ${seconds.toFixed(1).padStart(7)} s`;
		console.log(`${title.padEnd(width)} ${figures}${note === undefined ? "" : `  ${note}`}`);
	}
	const passed = rows.reduce((sum, row) => sum + row.passed, 0);
	const failed = rows.reduce((sum, row) => sum + row.failed, 0);
	console.log(`\n${passed} passed, ${failed} failed`);
	process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

async function runStage({ command, needs, counts, minutes = 10 }, patience) {
	if (needs !== undefined && !existsSync(join(root, needs)))
		return { passed: 0, failed: 1, note: `${needs} is missing` };
	const directory = mkdtempSync(join(tmpdir(), "holdfast-stage-"));
	try {
		const report = join(directory, "report.json");
		const reporter =
			counts === "vitest" ? ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`] : [];
		const { code, tally, failures } = await execute([...command, ...reporter], minutes, patience);
		const result = counts === "exit" ? { passed: Number(code === 0), failed: Number(code !== 0) } : tally;
		return { ...judge(counts === "vitest" ? readReport(report) : result, code), failures };
	} finally {
		rmSync(directory, { recursive: true });
	}
}

/** A stage that counted nothing, or that ended badly without a failed test, has failed once. */
function judge(result, code) {
	if (result === undefined) return { passed: 0, failed: 1, note: "gave no counts" };
	if (result.failed === 0 && code !== 0) return { ...result, failed: 1, note: `ended with ${code}` };
	if (result.failed === 0 && result.passed === 0) return { passed: 0, failed: 1, note: "ran nothing" };
	return result;
}

function readReport(path) {
	if (!existsSync(path)) return undefined;
	const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(path, "utf8"));
	const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
	return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

/** Passes output on line by line, except closing lines: only the sum of all stages is to close the run. */
function execute([program, ...args], minutes, patience) {
	return new Promise((resolve) => {
		const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: "1" } : process.env;
		// A group of its own, so that nothing of a stage is left behind, not even what a test has started.
		const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
		const kill = (signal) => {
			try {
				process.kill(-child.pid, signal);
			} catch {
				// The group is gone already.
			}
		};
		const stop = (then) => {
			kill("SIGTERM");
			setTimeout(() => {
				kill("SIGKILL");
				then();
			}, patience);
		};
		const limit = setTimeout(() => {
			console.log(`stopped after ${minutes} minutes`);
			stop(() => child.stdout.destroy());
		}, minutes * 60_000);
		let interrupted = false;
		const interrupt = (signal) => {
			if (!interrupted) stop(() => process.exit(128 + constants.signals[signal]));
			interrupted = true;
		};
		const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
		for (const signal of signals) process.on(signal, interrupt);
		let tally;
		const failures = [];
		createInterface({ input: child.stdout }).on("line", (line) => {
			const text = stripVTControlCharacters(line);
			if (failureLine.test(text)) failures.push(text.trim());
			const match = tallyLine.exec(line);
			if (match === null) console.log(line);
			else tally = { passed: Number(match[1]), failed: Number(match[2]) };
		});
		child.on("error", (error) => {
			console.log(`${program}: ${error.message}`);
			resolve({ code: 127, tally, failures });
		});
		child.on("close", (code, signal) => {
			clearTimeout(limit);
			if (interrupted) return;
			for (const name of signals) process.off(name, interrupt);
			resolve({ code: code ?? signal, tally, failures });
		});
	});
}
