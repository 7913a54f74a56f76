/** place-names 4: on the way back, since nobody needed it. A promise that is used as one warns; `await` and `lookUp.sync` do not. */
import { type MigratingBack, migrating, sync } from "holdfast";
import { findPlace, type Place } from "../find-place.ts";

export type { Place };

/** The place of that name. Write `await lookUp(name)`, or `lookUp.sync(name)`. */
export const lookUp: MigratingBack<[name: string], Place | undefined> = migrating({
	name: "lookUp",
	async: findPlace,
	sync: sync(findPlace),
	since: "4.0",
	to: "sync",
});
