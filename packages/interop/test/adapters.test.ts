import { expect, test } from "vitest";
import { brokenRules } from "./adapter-contract.ts";
import { INWARD, OUTWARD } from "./single-adapters.ts";
import { inwardRules, outwardRules } from "./single-rules.ts";

for (const adapter of OUTWARD)
	test(`out: ${adapter.name}`, async () => {
		expect(await brokenRules(outwardRules, adapter)).toEqual([]);
	});

for (const adapter of INWARD)
	test(`in: ${adapter.name}`, async () => {
		expect(await brokenRules(inwardRules, adapter)).toEqual([]);
	});
