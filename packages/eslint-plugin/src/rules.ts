import { type FindingRule, type Found, findingRules, spanOf } from "@holdfast/compiler/findings";
import type { Rule } from "eslint";
import { findingsOf } from "./reading.ts";

/** One rule for each of the compiler's, under the same name. */
export const rules: Readonly<Record<FindingRule, Rule.RuleModule>> = Object.fromEntries(
	Object.keys(findingRules).map((name) => [name, makeRule(name as FindingRule)]),
) as Record<FindingRule, Rule.RuleModule>;

function makeRule(name: FindingRule): Rule.RuleModule {
	return {
		meta: {
			type: "problem",
			docs: {
				description: `report ${findingRules[name]}`,
				recommended: true,
				// The page that came with this version of the rules.
				url: new URL(`../README.md#${name}`, import.meta.url).href,
			},
			hasSuggestions: true,
			schema: [],
		},
		create(context) {
			return {
				Program() {
					for (const found of findingsOf(context)) if (found.rule === name) report(found, context);
				},
			};
		},
	};
}

function report({ node, message, suggestions = [] }: Found, context: Rule.RuleContext): void {
	const { sourceCode } = context;
	const [start, end] = spanOf(node);
	context.report({
		loc: { start: sourceCode.getLocFromIndex(start), end: sourceCode.getLocFromIndex(end) },
		message,
		suggest: suggestions.map(({ message: desc, edits }) => ({
			desc,
			fix: (fixer) => edits.map((edit) => fixer.replaceTextRange([edit.start, edit.end], edit.text)),
		})),
	});
}
