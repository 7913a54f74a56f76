import { expect, test } from "vitest";
import { withBlocks } from "./doc-blocks.mjs";
import { extractCompared } from "./doc-compiled.mjs";

const page = `# Page
\`\`\`js compile show=f structure=scope
source();
\`\`\`

\`\`\`js
emitted();
\`\`\`
\`\`\`ts differs agrees=ticks
program();
\`\`\`
\`\`\`text
native
\`\`\`
It differs:
\`\`\`text
compiled
\`\`\`
`;

test("sources and programs are taken with what is said of them", () => {
	expect(extractCompared("a.md", page)).toEqual({
		compiled: [
			{
				place: "a.md:2",
				code: "source();\n",
				words: { show: "f", structure: "scope" },
				shown: ["emitted();\n"],
				index: 0,
			},
		],
		differing: [
			{
				place: "a.md:9",
				code: "program();\n",
				words: { agrees: "ticks" },
				shown: ["native\n", "compiled\n"],
				index: 2,
			},
		],
		problems: [],
	});
});

test("what is missing, and what does not differ, is a problem", () => {
	const lacking = page.replace("emitted();", "").replace("```js\n", "```sh\n").replace("compiled\n", "native\n");
	expect(extractCompared("a.md", lacking).problems).toEqual([
		"a.md:2 needs a block after it, for what it is compiled to",
		"a.md:9 does not differ",
	]);
});

test("other contents are written into the blocks of their numbers only", () => {
	const changed = withBlocks(page, new Map([[1, "$1\n$&\n"]]));
	expect(changed).toBe(page.replace("emitted();", () => "$1\n$&"));
	expect(withBlocks("- x\n  ```text\n  a\n  ```\n", new Map([[0, "b\n\nc\n"]]))).toBe(
		"- x\n  ```text\n  b\n\n  c\n  ```\n",
	);
});
