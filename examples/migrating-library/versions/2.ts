/** place-names 2: on the way to asynchronous. A call without `await` is what it was, and warns; `lookUp.sync` does not. */
import { type Migrating, migrating, sync } from "holdfast";
import { findPlace, type Place } from "../find-place.ts";

export type { Place };

/** The place of that name. Write `await lookUp(name)`. */
export const lookUp: Migrating<[name: string], Place | undefined> = migrating({
	name: "lookUp",
	async: findPlace,
	sync: sync(findPlace),
	since: "2.0",
});
