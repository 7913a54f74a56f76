import { readFileSync } from "node:fs";
import { finish, guardTerminal } from "./finish.ts";
import { runFile } from "./run-file.ts";
import { help, parseCommand, UsageError } from "./usage.ts";

/** The `holdfast` command. Ends the process, or sets its exit code and lets it end. */
export async function main(words: readonly string[]): Promise<void> {
	guardTerminal();
	try {
		const command = parseCommand(words);
		// The other commands bring the compiler at once, which `run` loads in an order of its own.
		if (command.kind === "run") await runFile(command);
		else if (command.kind === "doctor") process.exitCode = (await import("./doctor/command.ts")).doctor(command);
		else if (command.kind === "init") (await import("./init/command.ts")).init(command);
		else process.stdout.write(command.kind === "help" ? help : `${version()}\n`);
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		process.stderr.write(`holdfast: ${error.message}\n`);
		await finish(2);
	}
}

function version(): string {
	const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
	return (JSON.parse(manifest) as { version: string }).version;
}
