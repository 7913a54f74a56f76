/** The strict runner: a forgotten `await` is found where it is. What is to run at once says so. */
"use structured";

import { all, run, withTaskGroup } from "holdfast";
import { type Log, measure } from "./measure.ts";

export async function forgetful(log: Log): Promise<void> {
	measure("willow", log);
}

export async function main(log: Log): Promise<number> {
	const [first, second] = await all([() => measure("willow", log), () => measure("oak", log)]);
	await withTaskGroup(async (group) => {
		group.spawn(measure, "sequoia", log);
	});
	return first + second;
}

export const start = <T>(body: (log: Log) => Promise<T>, log: Log): Promise<T> =>
	run(body, { args: [log], bareCalls: "forbid" });
