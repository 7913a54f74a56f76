/** Keeps the programs of a Procfile running: `holdfast run examples/supervise/main.ts Procfile`. */
"use structured";

import { parseArgs } from "node:util";
import { FileNotFoundError, type ReceiveStream, readFile, spawnProcess } from "@holdfast/node";
import { currentScope, moveOnAfter, now, serviceGroup, sleep, withTaskGroup } from "holdfast";

interface Service {
	readonly name: string;
	/** A line for the shell. */
	readonly command: string;
}

interface Policy {
	/** How many failures in a row end everything. */
	readonly attempts: number;
	/** The pause after the first failure, in milliseconds; each one is twice the one before. */
	readonly delay: number;
	/** Milliseconds between SIGTERM and SIGKILL. */
	readonly grace: number;
}

const longestDelay = 30_000;
/** Who has run so long has not failed in a row. */
const calm = 10_000;

class GivenUp extends Error {}

/** @returns the exit code. */
export default async function main(args: string[]): Promise<number> {
	const { positionals, values } = parseArgs({
		args,
		allowPositionals: true,
		options: {
			attempts: { type: "string", default: "5" },
			delay: { type: "string", default: "500" },
			grace: { type: "string", default: "5000" },
		},
	});
	const policy = { attempts: Number(values.attempts), delay: Number(values.delay), grace: Number(values.grace) };
	// What is read from the programs while they end needs a little longer than they do.
	currentScope().grace = policy.grace + 2_000;
	try {
		const services = parse(await readFile(positionals[0] ?? "Procfile", "utf8"));
		await withTaskGroup(async (group) => {
			for (const service of services) group.spawn(keepRunning, service, policy);
		});
		return 0;
	} catch (error) {
		if (!(error instanceof GivenUp || error instanceof FileNotFoundError)) throw error;
		process.stderr.write(`supervise: ${error.message}\n`);
		return 1;
	}
}

/** Lines such as `web: node server.js`. */
function parse(text: string): Service[] {
	return text.split("\n").flatMap((line) => {
		const [, name, command] = /^\s*([\w-]+):\s*(.+)$/.exec(line) ?? [];
		return name === undefined || command === undefined ? [] : [{ name, command }];
	});
}

/** Returns when it has ended by itself with exit code 0. Its error cancels the group, and so all others. */
async function keepRunning(service: Service, policy: Policy): Promise<void> {
	let failures = 0;
	for (;;) {
		const started = now();
		const end = await runOnce(service, policy);
		if (end === "exit code 0") return;
		failures = now() - started < calm ? failures + 1 : 1;
		if (failures >= policy.attempts) throw new GivenUp(`${service.name} has failed ${failures} times in a row`);
		const delay = Math.min(policy.delay * 2 ** (failures - 1), longestDelay);
		say(service, `starts again in ${delay} ms`);
		await sleep(delay);
	}
}

/** Cancelled: ends the program and what it has started, and shows what they say until then. */
async function runOnce(service: Service, { grace }: Policy): Promise<string> {
	return await serviceGroup(async (readers) => {
		const program = await spawnProcess(service.command, [], {
			shell: true,
			grace,
			stdin: "ignore",
			stdout: "pipe",
			stderr: "pipe",
		});
		say(service, `runs as process ${program.pid}`);
		const outputs = [program.stdout, program.stderr].map((output) => readers.spawn(show, service, output));
		let stopping = true;
		try {
			await program.wait();
			stopping = false;
		} finally {
			if (stopping) {
				program.kill("SIGTERM");
				await moveOnAfter(grace, () => program.wait());
				if (program.status === undefined) program.kill("SIGKILL");
			}
			const { exitCode, signal } = await program.wait();
			// What it has left running in the background may hold its outputs open. It is ended with this function.
			await moveOnAfter(1_000, () => Promise.all(outputs));
			readers.cancel();
			say(service, `has ended with ${signal ?? `exit code ${exitCode}`}`);
		}
		return `exit code ${program.status?.exitCode}`;
	});
}

async function show(service: Service, output: ReceiveStream): Promise<void> {
	for await (const line of output.lines({ limit: 1_048_576, invalid: "replace" })) say(service, `| ${line}`);
}

function say({ name }: Service, what: string): void {
	console.log(`${name} ${what}`);
}
