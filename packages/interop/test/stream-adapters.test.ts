import { expectNoLeaks } from "@holdfast/testing";
import { expect, test } from "vitest";
import { brokenRules } from "./adapter-contract.ts";
import { STREAM_INWARD, STREAM_OUTWARD } from "./stream-adapters.ts";
import { streamInwardRules, streamOutwardRules } from "./stream-rules.ts";

for (const adapter of STREAM_OUTWARD)
	test(`out: ${adapter.name}`, { timeout: 180_000 }, async () => {
		await expectNoLeaks(async () => {
			expect(await brokenRules(streamOutwardRules, adapter)).toEqual([]);
		});
	});

for (const adapter of STREAM_INWARD)
	test(`in: ${adapter.name}`, { timeout: 180_000 }, async () => {
		await expectNoLeaks(async () => {
			expect(await brokenRules(streamInwardRules, adapter)).toEqual([]);
		});
	});
