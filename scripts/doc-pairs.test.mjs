import { expect, test } from "vitest";
import { extractPairs } from "./doc-pairs.mjs";

const fenced = (...blocks) => blocks.map(([info, code]) => `\`\`\`${info}\n${code}\n\`\`\`\n`).join("\n");
const preludes = [
	["ts prelude theirs", "before();\n{\n\t// the example stands here\n}"],
	["python prelude trio", "def main():\n    # the example stands here"],
	["ts prelude ours", "// the example stands here"],
];
const extract = (...blocks) => extractPairs("a.md", fenced(...preludes, ...blocks));

test("an example stands in its prelude, indented, and shares the output of ours", () => {
	const { examples, problems } = extract(
		["ts theirs", "one();\n\ntwo();"],
		["python theirs trio", "one()"],
		["ts ours", "ours();"],
		["text", "1"],
	);
	expect(problems).toEqual([]);
	expect(examples.map(({ name, code, output }) => [name, code, output])).toEqual([
		["theirs", "before();\n{\n\tone();\n\n\ttwo();\n}\n", "1\n"],
		["trio", "def main():\n    one()\n", "1\n"],
		["ours", "ours();\n", "1\n"],
	]);
});

test("theirs may print something else, and its exit code is its own", () => {
	const { examples, problems } = extract(
		["ts theirs exit=1", "a"],
		["text", "theirs"],
		["ts ours alone", "b"],
		["text", "ours"],
	);
	expect(problems).toEqual([]);
	expect(examples.map(({ code, exit, output }) => [code, exit, output])).toEqual([
		["before();\n{\n\ta\n}\n", 1, "theirs\n"],
		["b\n", 0, "ours\n"],
	]);
});

test("what cannot be compared is a problem", () => {
	const problemsOf = (...blocks) => extract(...blocks).problems.map((problem) => problem.replace(/^a\.md:\d+ /, ""));
	expect(problemsOf(["ts theirs", "a"], ["ts ours", "b"])).toEqual([
		"lacks an output to compare",
		"lacks an output to compare",
	]);
	expect(problemsOf(["ts ours", "b"], ["text", "1"])).toEqual(["has nothing to stand beside"]);
	expect(problemsOf(["ts theirs other", "a"], ["ts ours", "b"], ["text", "1"])).toEqual(["has no prelude ts other"]);
	expect(problemsOf(["ts theirs", "a"], ["text", "1"], ["ts ours", "b"], ["text", "1"])).toEqual([
		"prints what ours prints: leave its output away",
	]);
	expect(problemsOf(["ts prelude more", "nowhere"])).toEqual(['says nowhere "the example stands here"']);
});
