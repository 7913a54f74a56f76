import { expectNoLeaks } from "@holdfast/testing";
import { expect, test } from "vitest";
import { brokenRules } from "./adapter-contract.ts";
import { INWARD, OUTWARD } from "./single-adapters.ts";
import { inwardRules, outwardRules } from "./single-rules.ts";

// Ten thousand tasks of Effection take seconds by themselves, and machines may be busy.
for (const adapter of OUTWARD)
	test(`out: ${adapter.name}`, { timeout: 180_000 }, async () => {
		await expectNoLeaks(async () => {
			expect(await brokenRules(outwardRules, adapter)).toEqual([]);
		});
	});

for (const adapter of INWARD)
	test(`in: ${adapter.name}`, { timeout: 180_000 }, async () => {
		await expectNoLeaks(async () => {
			expect(await brokenRules(inwardRules, adapter)).toEqual([]);
		});
	});
