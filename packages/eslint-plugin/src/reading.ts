import {
	type Found,
	inspect,
	type Node,
	type RuntimeKeys,
	runtimeKeysOf,
	type Source,
} from "@holdfast/compiler/findings";
import type { Rule, SourceCode } from "eslint";
import { modeOf } from "./mode.ts";
import { typeReader } from "./types.ts";

const read: WeakMap<object, readonly Found[]> = /* @__PURE__ */ new WeakMap();
const keys: WeakMap<object, RuntimeKeys> = /* @__PURE__ */ new WeakMap();

/** What all rules together find in a file, which is read once for all of them. */
export function findingsOf(context: Rule.RuleContext): readonly Found[] {
	const { sourceCode } = context;
	let found = read.get(sourceCode.ast);
	if (found === undefined) {
		found = inspect(sourceOf(context), (offset) => sourceCode.getLocFromIndex(offset).line - 1);
		read.set(sourceCode.ast, found);
	}
	return found;
}

function sourceOf(context: Rule.RuleContext): Source {
	const { sourceCode } = context;
	const typeOf = typeReader(sourceCode);
	return {
		// The trees of all these parsers are ESTree's.
		program: sourceCode.ast as unknown as Node & { type: "Program" },
		text: sourceCode.text,
		comments: () =>
			sourceCode.getAllComments().map(({ value, range }) => ({ value, start: range?.[0] ?? 0, end: range?.[1] ?? 0 })),
		keys: keysOf(sourceCode),
		mode: modeOf(context),
		...(typeOf && { typeOf }),
	};
}

function keysOf({ visitorKeys }: SourceCode): RuntimeKeys {
	let known = keys.get(visitorKeys);
	if (known === undefined) keys.set(visitorKeys, (known = runtimeKeysOf(visitorKeys as Record<string, string[]>)));
	return known;
}
