/** The command line. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

export interface Options {
	/** As given; `undefined` stands for the installed packages. */
	readonly folder: string | undefined;
	readonly strict: boolean;
	readonly external: boolean;
	readonly json: boolean;
	/** Requests under way at once. */
	readonly concurrency: number;
	/** Milliseconds that one request may take. */
	readonly timeout: number;
	/** Further tries after a failed request. */
	readonly retries: number;
	/** Globs over paths below the folder. None means all. */
	readonly include: readonly string[];
	readonly exclude: readonly string[];
}

/** A mistake of the person at the keyboard: shown as one line, exit code 2. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}

export const help = `Checks the links of every Markdown and HTML file below a folder.

usage: npm start -- [folder] [options]

  folder             default: the nearest node_modules
  --strict           exit 1 if anything is broken
  --external         also try links to other hosts
  --include GLOB     read only documents that match (may be repeated)
  --exclude GLOB     leave out files and folders that match (may be repeated)
  --concurrency N    requests under way at once (default ${defaultConcurrency()})
  --timeout MS       for each request (default 10000)
  --retries N        after a network error, a timeout or an HTTP 5xx (default 2)
  --json             print the report as JSON
  --help             print this
`;

function defaultConcurrency(): number {
	return availableParallelism() * 8;
}

/** @throws {UsageError} */
export function parseArguments(args: readonly string[]): Options | "help" {
	const { values, positionals } = parse(args);
	if (values.help) return "help";
	if (positionals.length > 1) throw new UsageError(`one folder at a time, not ${positionals.length}`);
	return {
		folder: positionals[0],
		strict: values.strict,
		external: values.external,
		json: values.json,
		concurrency: integer("--concurrency", values.concurrency, 1, 1024) ?? defaultConcurrency(),
		timeout: integer("--timeout", values.timeout, 1, 3_600_000) ?? 10_000,
		retries: integer("--retries", values.retries, 0, 100) ?? 2,
		include: values.include,
		exclude: values.exclude,
	};
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({
			args: [...args],
			allowPositionals: true,
			options: {
				strict: { type: "boolean", default: false },
				external: { type: "boolean", default: false },
				json: { type: "boolean", default: false },
				help: { type: "boolean", short: "h", default: false },
				concurrency: { type: "string" },
				timeout: { type: "string" },
				retries: { type: "string" },
				include: { type: "string", multiple: true, default: [] },
				exclude: { type: "string", multiple: true, default: [] },
			},
		});
	} catch (error) {
		// Node's explanation begins with what is wrong, and goes on about `--` in further sentences.
		throw new UsageError(String(error instanceof Error ? error.message : error).split(". ")[0], { cause: error });
	}
}

function integer(option: string, text: string | undefined, least: number, most: number): number | undefined {
	if (text === undefined) return undefined;
	const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	if (value >= least && value <= most) return value;
	throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not "${text}"`);
}
