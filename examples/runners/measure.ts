/** What the three programs call: it takes as many milliseconds as the word has letters, and says when it begins and ends. */
"use structured";

import { sleep } from "holdfast";

export type Log = (line: string) => void;

export async function measure(word: string, log: Log): Promise<number> {
	log(`${word} begins`);
	try {
		await sleep(word.length);
		return word.length;
	} finally {
		log(`${word} ends`);
	}
}
