import { fileURLToPath } from "node:url";

/** One line of a stack trace. */
export interface StackLine {
	/** As the engine words it: `fetchPage`, `new Site`, `Array.map`; empty when unknown. */
	readonly name: string;
	/** An absolute path; `undefined` for what has no place in a file. */
	readonly file: string | undefined;
	readonly line: number;
	readonly column: number;
}

/** What steps generators and promises on behalf of the code around it. */
const MACHINERY =
	/^(?:async )?(?:Generator\.|\[Generator\]|AsyncGenerator\.|new Promise|Promise\.|Reflect\.apply|Function\.(?:apply|call))|\.(?:next|throw|return)$/;

/** The lines of an error's stack, without those of the engine, of Node and of the given directories. */
export function readStack(error: Error, hidden: readonly string[]): StackLine[] {
	const { stack } = error;
	if (typeof stack !== "string") return [];
	return afterMessage(stack, error)
		.split("\n")
		.map(readLine)
		.filter((line) => line !== undefined)
		.filter(({ name, file }) =>
			file === undefined ? !MACHINERY.test(name) : !hidden.some((directory) => file.startsWith(directory)),
		);
}

/** A message may have lines that look like a stack; and what follows a stack, like suppressed errors, is indented more. */
function afterMessage(stack: string, error: Error): string {
	const message = String(error.message);
	const start = message === "" ? -1 : stack.indexOf(message);
	return start < 0 ? stack : stack.slice(start + message.length);
}

function readLine(text: string): StackLine | undefined {
	const call = /^ {4}at (.*)$/.exec(text)?.[1];
	if (call === undefined) return undefined;
	const [, name, bracketed] = /^(.*?) ?\((.*)\)$/.exec(call) ?? [undefined, "", call];
	const place = (bracketed ?? "").replace(/^async /, "");
	if (place.startsWith("node:") || place === "native") return undefined;
	const [, where, line, column] = /^(.*?):(\d+)(?::(\d+))?$/.exec(place) ?? [];
	if (where === undefined)
		return name === "" ? undefined : { name: name as string, file: undefined, line: 0, column: 0 };
	if (where.startsWith("node:")) return undefined;
	return { name: name as string, file: toPath(where), line: Number(line), column: Number(column ?? 1) };
}

function toPath(where: string): string {
	if (!where.startsWith("file:")) return where;
	try {
		// A query tells two loads of one file apart.
		const url = new URL(where);
		return fileURLToPath(`${url.protocol}//${url.host}${url.pathname}`);
	} catch {
		return where;
	}
}
