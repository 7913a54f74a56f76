import { expect, test } from "vitest";
import { extractSnippets } from "./doc-snippets.mjs";

const page = `# Page
\`\`\`ts
not(run);
\`\`\`
\`\`\`ts run
first();
\`\`\`
It prints:
\`\`\`text
1
\`\`\`
- in a list
  ~~~ts run exit=3
  second();
  ~~~

\`\`\`\`md
\`\`\`ts run
quoted();
\`\`\`
\`\`\`\`
`;

test("programs are taken with their place, output and exit code", () => {
	expect(extractSnippets("a.md", page)).toEqual([
		{ place: "a.md:5", code: "first();\n", exit: 0, output: "1\n" },
		{ place: "a.md:13", code: "second();\n", exit: 3, output: undefined },
	]);
});
