import { expect, test } from "vitest";
import { brokenRules } from "./adapter-contract.ts";
import { STREAM_INWARD, STREAM_OUTWARD } from "./stream-adapters.ts";
import { streamInwardRules, streamOutwardRules } from "./stream-rules.ts";

for (const adapter of STREAM_OUTWARD)
	test(`out: ${adapter.name}`, async () => {
		expect(await brokenRules(streamOutwardRules, adapter)).toEqual([]);
	});

for (const adapter of STREAM_INWARD)
	test(`in: ${adapter.name}`, async () => {
		expect(await brokenRules(streamInwardRules, adapter)).toEqual([]);
	});
