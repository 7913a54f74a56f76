// Runs the test suite of one project once, natively or compiled.
import { spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { toolNode } from "../nodes.mjs";
import { byName, runners } from "./outcomes.mjs";

/**
 * @typedef {object} Project
 * @property {string} repository `owner/name` on GitHub
 * @property {string} version of the package at that commit
 * @property {string} commit
 * @property {string[][]} [prepare] commands to run in the checkout after `npm install`
 * @property {"node:test" | "ava" | "mocha" | "vitest"} runner
 * @property {string[]} command of the test suite; the runner's options for reports are put behind `--test`, or last
 * @property {string[]} [files] globs of test files, which come behind the command
 * @property {string[]} [without] those among them that are not run, each with a reason beside it
 * @property {string} [nodeOptions] for both ways of running
 * @property {string} [nativeNodeOptions] for the native way: what strips types there
 * @property {string} [include] globs of sources and tests; default: all outside node_modules
 * @property {string} [exclude] globs of files that are left native, each with a reason in `notes`
 * @property {Record<string, string>} [environment]
 * @property {number} [minutes] after which the suite is stopped (15)
 * @property {string} [notes]
 * @property {Record<string, string>} [differs] tests that pass natively and may fail compiled: name, or its beginning, and why
 */

/**
 * @typedef {object} Run
 * @property {Map<string, import("./outcomes.mjs").Outcome>} outcomes
 * @property {string[]} files that the compiler has changed
 * @property {number} seconds
 * @property {number | string} code
 * @property {string} output
 */

const register = new URL("register.mjs", import.meta.url).href;
const vitestConfig = new URL("vitest.config.mjs", import.meta.url).pathname;

/**
 * @param {Project} project
 * @param {string} directory the checkout
 * @param {Record<string, string> | undefined} compiled the compiler's variables, or `undefined`: natively
 * @returns {Promise<Run>}
 */
export async function runSuite(project, directory, compiled) {
	const temporary = mkdtempSync(join(tmpdir(), "holdfast-real-"));
	const report = join(temporary, "report");
	const list = join(temporary, "files");
	const { options, read } = runners[project.runner];
	const [program, ...words] = project.command;
	const place = words.indexOf("--test") + 1 || words.length;
	const config = compiled !== undefined && project.runner === "vitest" ? [`--config=${vitestConfig}`] : [];
	const nodeOptions = [
		project.nodeOptions,
		compiled === undefined ? project.nativeNodeOptions : undefined,
		compiled !== undefined && project.runner !== "vitest" ? `--import=${register}` : undefined,
	];
	const env = {
		...process.env,
		...project.environment,
		PATH: `${dirname(realpathSync(toolNode()))}${delimiter}${join(directory, "node_modules/.bin")}${delimiter}${process.env.PATH}`,
		NODE_OPTIONS: nodeOptions.filter((option) => option !== undefined).join(" "),
		CI: "1",
		...(compiled !== undefined && {
			HOLDFAST_COMPILED_FILES: list,
			...(project.include !== undefined && { HOLDFAST_INCLUDE: project.include }),
			...(project.exclude !== undefined && { HOLDFAST_EXCLUDE: project.exclude }),
			...compiled,
		}),
	};
	try {
		const started = performance.now();
		const args = [
			...words.slice(0, place),
			...options(report),
			...config,
			...words.slice(place),
			...filesOf(project, directory),
		];
		const { code, output, printed } = await execute(program, args, directory, env, project.minutes ?? 15);
		const text = existsSync(report) ? readFileSync(report, "utf8") : printed;
		const files = existsSync(list) ? [...new Set(readFileSync(list, "utf8").trimEnd().split("\n"))].sort() : [];
		const seconds = Math.round((performance.now() - started) / 1000);
		return { outcomes: byName(text === "" ? [] : read(text, directory)), files, seconds, code, output };
	} finally {
		rmSync(temporary, { recursive: true });
	}
}

function filesOf({ files = [], without = [] }, directory) {
	return globSync(files, { cwd: directory })
		.filter((file) => !without.includes(file))
		.sort();
}

function execute(program, args, cwd, env, minutes) {
	return new Promise((resolve) => {
		// A group of its own, so that nothing that a test has started is left behind.
		const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
		let printed = "";
		let output = "";
		child.stdout.setEncoding("utf8").on("data", (chunk) => {
			printed += chunk;
			output += chunk;
		});
		child.stderr.setEncoding("utf8").on("data", (chunk) => {
			output += chunk;
		});
		let stopped = false;
		const killGroup = () => {
			try {
				process.kill(-child.pid, "SIGKILL");
			} catch {
				// It is gone.
			}
		};
		const limit = setTimeout(() => {
			stopped = true;
			killGroup();
		}, minutes * 60_000);
		child.on("error", (error) => {
			clearTimeout(limit);
			resolve({ code: error.message, output, printed });
		});
		child.on("exit", () => setTimeout(killGroup, 2000).unref());
		child.on("close", (code, signal) => {
			clearTimeout(limit);
			killGroup();
			resolve({ code: stopped ? `stopped after ${minutes} minutes` : (code ?? signal), output, printed });
		});
	});
}
