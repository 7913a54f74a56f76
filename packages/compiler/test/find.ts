// Runs the rules over a text whose lines say by themselves what is to be found there.
import { expect, test } from "vitest";
import { runtimeKeys } from "../src/ast.ts";
import type { Mode } from "../src/directives.ts";
import { type FindingRule, type Found, inspect, spanOf } from "../src/findings/index.ts";
import type { CallType } from "../src/findings/place.ts";
import { parse } from "../src/parse.ts";
import { Positions } from "../src/positions.ts";

/** How a text is read. */
export interface FindOptions {
	/** How its functions are compiled. Default `"function"`. */
	readonly mode?: Mode;
	/** The text of a call, to what a type checker would say of it. */
	readonly types?: Readonly<Record<string, CallType>>;
	readonly filename?: string;
}

/** What is found in a text, in its order. */
export function find(
	code: string,
	{ mode = "function", types, filename = "a.ts" }: FindOptions = {},
): readonly Found[] {
	const { program, comments } = parse(code, filename, undefined);
	const positions = new Positions(code);
	return inspect(
		{
			program,
			text: code,
			comments,
			keys: runtimeKeys,
			mode,
			...(types && { typeOf: (call) => types[code.slice(...spanOf(call))] }),
		},
		(offset) => positions.lineIndex(offset),
	);
}

/** A test that the rule reports the lines that end in `// !`, and no other line. */
export function marks(rule: FindingRule, name: string, code: string, options?: FindOptions): void {
	test(name, () => {
		const positions = new Positions(code);
		const found = find(code, options).filter((each) => each.rule === rule);
		const lines = found.map(({ node }) => positions.at(spanOf(node)[0]).line);
		const marked = code.split("\n").flatMap((line, index) => (line.endsWith("// !") ? [index + 1] : []));
		expect(lines, found.map(({ message }) => message).join("\n")).toEqual(marked);
	});
}

/** The text after the first suggestion of what is found first. */
export function mended(code: string, options?: FindOptions): string {
	const [suggestion] = find(code, options)[0]?.suggestions ?? [];
	let text = code;
	for (const { start, end, text: inserted } of suggestion?.edits.toReversed() ?? [])
		text = text.slice(0, start) + inserted + text.slice(end);
	return text;
}
