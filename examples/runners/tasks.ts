/** The default runner: a call without `await` is a task of the function that makes it. */
"use structured";

import { run } from "holdfast";
import { type Log, measure } from "./measure.ts";

export async function main(log: Log): Promise<number> {
	const first = measure("willow", log);
	const second = measure("oak", log);
	measure("sequoia", log);
	// The third is awaited by nobody. It is waited for all the same, before the run ends, and its failure would be the run's.
	return (await first) + (await second);
}

export const start = (log: Log): Promise<number> => run(main, { args: [log] });
