/** Programs that use place-names, each in the way that was right when it was written. They say what they have found. */
"use structured";

import type { Place } from "./find-place.ts";

/** What any of the versions may show: of the answer, each caller uses what it knows from its own version. */
export interface PlaceNames {
	readonly lookUp: {
		(name: string): Place & Promise<Place>;
		sync(name: string): Place;
	};
}

/** Written for version 1, and never touched since. */
export async function untouched({ lookUp }: PlaceNames): Promise<string> {
	const place = lookUp("Bern");
	return place.country;
}

/** Has heeded the warning of version 2 by awaiting. */
export async function awaiting({ lookUp }: PlaceNames): Promise<string> {
	const place = await lookUp("Bern");
	return place.country;
}

/** Has heeded it by saying that it stays synchronous. */
export async function synchronous({ lookUp }: PlaceNames): Promise<string> {
	return lookUp.sync("Bern").country;
}

/** Written for version 3, with the promise in hand. */
export async function chaining({ lookUp }: PlaceNames): Promise<string> {
	return await lookUp("Bern").then((place) => place.country);
}
