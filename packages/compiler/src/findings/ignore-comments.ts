import type { Found, Report } from "./found.ts";
import type { SourceComment } from "./place.ts";
import { type FindingRule, findingRules, isFindingRule } from "./rule-names.ts";

/** `holdfast-ignore floating-task -- reason`: that rule is silent in the next line. */
interface IgnoreComment {
	readonly comment: SourceComment;
	readonly rules: readonly FindingRule[];
	/** The 0-based line that it speaks of. */
	readonly line: number;
	readonly used: Set<FindingRule>;
	/** What is wrong with its form. */
	readonly problem: string | undefined;
}

/** Whether a text can hold a comment of this kind, so that it is worth looking. */
export function mayIgnore(text: string): boolean {
	return text.includes("holdfast-ignore");
}

/**
 * Takes out what comments ask to be silent about, and reports comments that are wrong, or that nothing was silenced by.
 *
 * @param lineOf the 0-based line of a place in the text
 */
export function applyIgnores(
	found: readonly Found[],
	comments: readonly SourceComment[],
	lineOf: (offset: number) => number,
	startOf: (found: Found) => number,
	report: Report,
): Found[] {
	const ignores = readIgnores(comments, lineOf);
	const kept = found.filter((each) => {
		const line = lineOf(startOf(each));
		const ignore = ignores.find((candidate) => candidate.line === line && candidate.rules.includes(each.rule));
		ignore?.used.add(each.rule);
		return ignore === undefined;
	});
	for (const { comment, rules, used, problem } of ignores) {
		const unused = rules.filter((rule) => !used.has(rule));
		const message =
			problem ??
			(unused.length > 0 ? `Nothing is found in the next line by ${unused.join(", ")}. Remove it here.` : undefined);
		if (message !== undefined) report({ rule: "ignore-comment", node: comment as never, message });
	}
	return kept;
}

function readIgnores(comments: readonly SourceComment[], lineOf: (offset: number) => number): IgnoreComment[] {
	const ignores: IgnoreComment[] = [];
	for (const comment of comments.toReversed()) {
		const text = /^[\s*]*holdfast-ignore\b(.*)$/s.exec(comment.value)?.[1];
		if (text === undefined) continue;
		const [names = "", ...reason] = text.split("--");
		const rules = names.split(/[\s,]+/).filter((name) => name !== "");
		const next = lineOf(comment.end) + 1;
		// Several comments above one line all speak of that line.
		const below = ignores.find((other) => lineOf(other.comment.start) === next);
		ignores.push({
			comment,
			rules: rules.filter(isFindingRule),
			line: below?.line ?? next,
			used: new Set(),
			problem: problemOf(rules, reason.join("--")),
		});
	}
	return ignores.reverse();
}

function problemOf(rules: readonly string[], reason: string): string | undefined {
	const unknown = rules.find((rule) => !isFindingRule(rule));
	if (unknown !== undefined)
		return `There is no rule "${unknown}". The rules are ${Object.keys(findingRules).join(", ")}.`;
	if (rules.length === 0) return "It names no rule. Write `holdfast-ignore floating-task -- reason`.";
	if (reason.trim() === "") return "It gives no reason. Write `-- ` and why nothing is wrong in the next line.";
	return undefined;
}
