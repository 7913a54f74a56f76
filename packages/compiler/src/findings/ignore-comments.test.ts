import { describe, expect, test } from "vitest";
import { find, marks } from "../../test/find.ts";

const messages = (code: string): string[] => find(code).map(({ rule, message }) => `${rule}: ${message}`);
const save = "async function save() {}\n";

describe("a comment", () => {
	marks(
		"floating-task",
		"silences its rule in the next line only",
		`${save}
// holdfast-ignore floating-task -- the process ends when it does
save();
save(); // !
// holdfast-ignore swallowed-error -- another rule
save(); // !
/* holdfast-ignore floating-task -- of the other form */
save();
// holdfast-ignore floating-task, busy-loop -- two rules
save();
// holdfast-ignore floating-task -- one above the other
// holdfast-ignore unstarted-coroutine -- both are about the next line
save();
// please do not holdfast-ignore floating-task -- it has to stand first
save(); // !`,
	);

	test("that silences nothing is reported", () => {
		expect(messages(`// holdfast-ignore floating-task -- it was there once\nconst x = 1;`)).toEqual([
			"ignore-comment: Nothing is found in the next line by floating-task. Remove it here.",
		]);
		expect(messages(`${save}// holdfast-ignore floating-task, busy-loop -- x\nsave();`)).toEqual([
			"ignore-comment: Nothing is found in the next line by busy-loop. Remove it here.",
		]);
	});

	test("without a rule, with an unknown rule or without a reason is reported", () => {
		expect(messages("// holdfast-ignore\n")[0]).toContain("names no rule");
		expect(messages("// holdfast-ignore floating-tasks -- x\n")[0]).toContain('There is no rule "floating-tasks"');
		expect(messages(`${save}// holdfast-ignore floating-task\nsave();`)).toEqual([
			"ignore-comment: It gives no reason. Write `-- ` and why nothing is wrong in the next line.",
		]);
	});

	test("is no text in quotes", () => {
		expect(messages('const x = "// holdfast-ignore floating-task -- x";')).toEqual([]);
	});
});
