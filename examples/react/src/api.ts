import { fetch } from "holdfast/fetch";
import type { Entry } from "../api.ts";

export type { Entry };

/** What the observatory knows of a planet. Slow. */
export async function load(planet: string, part: string): Promise<string> {
	const response = await fetch(`/api/planets/${planet}/${part}`);
	if (!response.ok) throw new Error(`${planet} does not answer (${response.status}).`);
	const { fact } = (await response.json()) as { fact: string };
	return fact;
}

/** The server's log, anew after every change. */
export async function* watchLog(): AsyncGenerator<Entry[]> {
	const response = await fetch("/api/log");
	const decoder = new TextDecoder();
	let rest = "";
	for await (const chunk of response.body ?? []) {
		const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
		rest = lines.pop() ?? "";
		const last = lines.at(-1);
		if (last !== undefined) yield JSON.parse(last) as Entry[];
	}
}
