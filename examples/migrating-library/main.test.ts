/** Each caller on each version: what was right without a warning stays right in the next one. */
import { run } from "holdfast";
import { describe, expect, it } from "vitest";
import { awaiting, chaining, type PlaceNames, synchronous, untouched } from "./callers.ts";
import * as v1 from "./versions/1.ts";
import * as v2 from "./versions/2.ts";
import * as v3 from "./versions/3.ts";
import * as v4 from "./versions/4.ts";
import * as v5 from "./versions/5.ts";

const versions = [v1, v2, v3, v4, v5];
type Outcome = "right" | "right, warned" | "broken";

type Caller = (library: PlaceNames) => Promise<string>;

async function outcome(caller: Caller, version: object): Promise<Outcome> {
	let warnings = 0;
	const onReport = ({ kind }: { kind: string }): void => {
		if (kind === "deprecation") warnings++;
	};
	try {
		const country = await run(caller, { args: [version], onReport });
		if (country !== "Switzerland") return "broken";
		return warnings > 0 ? "right, warned" : "right";
	} catch {
		return "broken";
	}
}

const table: readonly (readonly [caller: Caller, outcomes: readonly Outcome[]])[] = [
	[untouched, ["right", "right, warned", "broken", "broken", "right"]],
	[awaiting, ["right", "right", "right", "right", "right"]],
	[synchronous, ["broken", "right", "right", "right", "right"]],
	[chaining, ["broken", "broken", "right", "right, warned", "broken"]],
];

describe.each(table.map(([caller, expected]) => [caller.name, caller, expected] as const))(
	"the caller %s",
	(_name, caller, expected) => {
		it("fares on versions 1 to 5 as the table of the README says", async () => {
			const outcomes: Outcome[] = [];
			for (const version of versions) outcomes.push(await outcome(caller, version));
			expect(outcomes).toEqual(expected);
		});

		it("is never broken by the next version if it is right without a warning", () => {
			for (const [index, before] of expected.slice(0, -1).entries())
				if (before === "right") expect(expected[index + 1]).not.toBe("broken");
		});
	},
);

it("all versions say the same of what is not there", async () => {
	const answers = [
		v1.lookUp("Ur"),
		v2.lookUp.sync("Ur"),
		await v3.lookUp("Ur"),
		await v4.lookUp("Ur"),
		v5.lookUp("Ur"),
	];
	expect(answers).toEqual([undefined, undefined, undefined, undefined, undefined]);
});
