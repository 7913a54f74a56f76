/** place-names 3: asynchronous. `lookUp.sync` has stayed. */
import { sync } from "holdfast";
import { findPlace, type Place } from "../find-place.ts";

export type { Place };

/** The place of that name. */
export const lookUp: typeof findPlace & { sync(name: string): Place | undefined } = Object.assign(
	async (name: string) => await findPlace(name),
	{ sync: sync(findPlace) },
);
