/** Instants and durations in virtual milliseconds. Fractions, so that no two things ever fall on the same instant. */

/** When the cancellation comes, unless it is there already. */
export const CANCEL = 10;
/** Until when a wait does not let go. */
export const HOLD = 12.5;
/** What cleanup takes: of a task, of a `finally` block, of one in 25 calls. */
export const PART = 2.25;
export const BLOCK = 3.25;
export const CALL = 1.125;
/** What a shield in cleanup takes. */
export const SHIELDED = 150.25;
/** How long cleanup may go on. */
export const GRACE = 100;
