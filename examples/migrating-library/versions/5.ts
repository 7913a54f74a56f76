/** place-names 5: synchronous again. */
import { sync } from "holdfast";
import { findPlace, type Place } from "../find-place.ts";

export type { Place };

const found = sync(findPlace);

/** The place of that name. */
export const lookUp: typeof found & { sync: typeof found } = Object.assign((name: string) => found(name), {
	sync: found,
});
