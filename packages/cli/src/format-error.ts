import { relative, sep } from "node:path";
import { inspect, styleText, types } from "node:util";
import { codeFrame, sourceLines } from "./code-frame.ts";
import { readStack, type StackLine } from "./stack.ts";

/** How an error is printed. */
export interface ErrorFormat {
	/** Where the error comes from: the names from the run down to its task. */
	readonly path?: string | undefined;
	/** The same for its cause and the like: `taskPathOf` of the program's copy of the library. */
	readonly pathOf?: ((error: unknown) => string | undefined) | undefined;
	readonly color?: boolean;
	/** Directories whose lines are left out of stacks: those of the runtime. */
	readonly hidden?: readonly string[];
	/** Paths are shown relative to this directory (default: the working directory). */
	readonly root?: string;
	/** The further failures that are kept with an error: `suppressedErrors` of the program's copy of the library. */
	readonly suppressed?: (error: unknown) => readonly unknown[];
}

/** Of a list of errors, so many are printed in full. */
const MOST_MEMBERS = 10;

/**
 * An error in words: its name and message, the task it came from, the source around its origin, its stack without the
 * lines of Node and of the runtime; then, indented, its cause, the members of an `AggregateError`, and the errors that
 * it suppressed. Ends without a line feed.
 */
export function formatError(error: unknown, format: ErrorFormat = {}): string {
	return new Description(format).of(error, format.path).join("\n");
}

class Description {
	readonly #format: ErrorFormat;
	readonly #root: string;
	readonly #seen: Set<unknown> = new Set();
	/** The source is shown once, around the first place that is in the program's own files. */
	#framed = false;

	constructor(format: ErrorFormat) {
		this.#format = format;
		this.#root = format.root ?? process.cwd();
	}

	of(error: unknown, path = this.#format.pathOf?.(error), pathAround?: string): string[] {
		const isError = types.isNativeError(error) || error instanceof Error;
		const title = isError ? headline(error) : `Thrown: ${inspect(error)}`;
		if (this.#seen.has(error)) return [`${title} (see above)`];
		const [first, ...more] = title.split("\n");
		const lines = [this.#style("red", first as string), ...more];
		const indent = pathAround === undefined ? "" : "    ";
		if (path !== undefined && path !== pathAround) lines.push(this.#style("dim", `${indent}in ${path}`));
		if (!isError) return lines;
		this.#seen.add(error);
		const stack = readStack(error, this.#format.hidden ?? []);
		lines.push(...this.#frame(stack));
		for (const line of stack) lines.push(this.#style("dim", `    at ${describeLine(line, this.#root)}`));
		for (const row of ownProperties(error)) lines.push(this.#style("dim", `    ${row}`));
		if (error.cause !== undefined) lines.push(...this.#all("cause", [error.cause], path));
		if (error instanceof AggregateError) lines.push(...this.#all("error", error.errors, path));
		lines.push(...this.#all("suppressed", suppressedBy(error, this.#format), path));
		return lines;
	}

	#all(title: string, errors: readonly unknown[], path: string | undefined): string[] {
		const lines: string[] = [];
		for (const [index, error] of errors.slice(0, MOST_MEMBERS).entries()) {
			const [head, ...rest] = this.of(error, undefined, path);
			const number = errors.length === 1 ? "" : ` ${index + 1} of ${errors.length}`;
			lines.push(`  ${title}${number}: ${head}`, ...rest.map((row) => (row === "" ? row : `  ${row}`)));
		}
		if (errors.length > MOST_MEMBERS) lines.push(`  and ${errors.length - MOST_MEMBERS} more`);
		return lines;
	}

	#frame(stack: readonly StackLine[]): string[] {
		if (this.#framed) return [];
		const place = stack.find(({ file }) => file !== undefined && !file.includes(`${sep}node_modules${sep}`));
		const rows = place?.file === undefined ? [] : codeFrame(place.file, place.line, place.column);
		if (rows.length === 0) return [];
		this.#framed = true;
		return ["", ...rows.map((row) => (row.startsWith(">") ? row : this.#style("dim", row))), ""];
	}

	#style(style: "dim" | "red", text: string): string {
		return this.#format.color === true ? styleText(style, text, { validateStream: false }) : text;
	}
}

/** The name and the message, as the engine words them; an error without a message still has a name. */
function headline(error: Error): string {
	const name = String(error.name || "Error");
	const message = String(error.message ?? "");
	return message === "" ? name : `${name}: ${message}`;
}

function describeLine({ name, file, line, column }: StackLine, root: string): string {
	if (file === undefined) return name;
	const inside = relative(root, file);
	const place = `${inside === "" || inside.startsWith("..") ? file : inside}:${line}:${column}`;
	const shown = originalName(name, file);
	return shown === "" ? place : `${shown} (${place})`;
}

/** The body of a compiled `load` is called `$load`; whoever wrote it knows no such name. */
function originalName(name: string, file: string): string {
	if (name === "<anonymous>") return "";
	const plain = /^(?:.*\.)?(\$([\w$]+))$/.exec(name);
	if (plain === null || sourceLines(file).some((row) => row.includes(plain[1] as string))) return name;
	if (/^anonymous\d*$/.test(plain[2] as string)) return "";
	return name.slice(0, -(plain[1] as string).length) + plain[2];
}

const SHOWN_ELSEWHERE = new Set(["name", "message", "stack", "cause", "errors", "suppressed", "error", "errno"]);

/** What the error carries besides its message: `code`, `path`, `status` …; not what the message says already. */
function ownProperties(error: Error): string[] {
	const message = String(error.message);
	const entries = Object.entries(error).filter(([key, value]) => {
		if (SHOWN_ELSEWHERE.has(key) || typeof value === "function") return false;
		return !String(value).startsWith("HOLDFAST_") && !(typeof value !== "object" && message.includes(String(value)));
	});
	if (entries.length === 0) return [];
	return inspect(Object.fromEntries(entries), { depth: 1, breakLength: 100, maxStringLength: 200 }).split("\n");
}

function suppressedBy(error: Error, { suppressed }: ErrorFormat): readonly unknown[] {
	const kept = suppressed?.(error) ?? [];
	// The language's own, from `using`.
	const own =
		error.name === "SuppressedError"
			? [(error as Error & { error?: unknown }).error, (error as Error & { suppressed?: unknown }).suppressed].filter(
					(other) => other !== undefined,
				)
			: [];
	return [...own, ...kept];
}
