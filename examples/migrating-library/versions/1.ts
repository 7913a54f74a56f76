/** place-names 1: synchronous. */
import { sync } from "holdfast";
import { findPlace, type Place } from "../find-place.ts";

export type { Place };

/** The place of that name. */
export const lookUp: (name: string) => Place | undefined = sync(findPlace);
