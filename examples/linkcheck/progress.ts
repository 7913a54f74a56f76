/** Shows how far the work has come: one line that is rewritten on a terminal, a line now and then elsewhere. */
"use structured";

import { sleep } from "holdfast";
import { number, type Report } from "./report.ts";

/** Shows until its scope is cancelled, and then takes its line away. */
export async function showProgress(report: Report, stream: NodeJS.WriteStream): Promise<never> {
	if (!stream.isTTY) {
		for (;;) {
			stream.write(`${describe(report)}\n`);
			await sleep(2_000);
		}
	}
	try {
		for (;;) {
			stream.write(`\r${describe(report).slice(0, stream.columns - 1)}\u001b[K`);
			await sleep(100);
		}
	} finally {
		stream.write("\r\u001b[K");
	}
}

function describe(report: Report): string {
	const parts = [`${number(report.read)} of ${number(report.found)} files read`, `${number(report.localLinks)} links`];
	if (report.externalTried > 0)
		parts.push(`${number(report.externalTried)} of ${number(report.externalLinks)} external`);
	return `checking: ${parts.join(", ")}, ${number(report.broken)} broken`;
}
