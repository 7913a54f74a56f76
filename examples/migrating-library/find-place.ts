/** What the library does, written once: versions differ only in what they show of it. */
"use structured";

import { readFile } from "@holdfast/node";

export interface Place {
	readonly name: string;
	readonly country: string;
}

const file = new URL("./places.csv", import.meta.url);

/** `readFile` has both colours, so this has, too. */
export async function findPlace(name: string): Promise<Place | undefined> {
	const text = await readFile(file, "utf8");
	const found = text.split("\n").find((line) => line.startsWith(`${name},`));
	return found === undefined ? undefined : { name, country: found.slice(name.length + 1) };
}
