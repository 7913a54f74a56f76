import { until } from "holdfast";
import { fetch } from "holdfast/fetch";
import { transfer } from "../workers/transfer.ts";

/** A body on its way to another thread, where it cannot be cloned as it is. */
export type PackedBody =
	| { readonly kind: "value"; readonly value: unknown }
	| { readonly kind: "search"; readonly value: string }
	| {
			readonly kind: "form";
			readonly entries: readonly (readonly [name: string, value: unknown, filename?: string])[];
	  };

export interface PackedRequest {
	readonly url: string;
	readonly init: Readonly<Record<string, unknown>>;
	readonly body: PackedBody | undefined;
}

/** An answer with all of its body. */
export interface WholeAnswer {
	readonly url: string;
	readonly redirected: boolean;
	readonly type: ResponseType;
	readonly status: number;
	readonly statusText: string;
	readonly headers: readonly (readonly [name: string, value: string])[];
	/** `null` if it has none. */
	readonly body: Uint8Array<ArrayBuffer> | null;
}

/** What the helper thread does for `fetch` of a synchronous run. */
export function* fetchWhole({ url, init, body }: PackedRequest): Generator<never, WholeAnswer, unknown> {
	const response = yield* fetch(url, { ...init, ...(body !== undefined && { body: unpackBody(body) }) });
	const { redirected, type, status, statusText, headers } = response;
	const bytes = response.body === null ? null : new Uint8Array(yield* until(response.arrayBuffer()));
	const answer = { url: response.url, redirected, type, status, statusText, headers: [...headers], body: bytes };
	return bytes === null ? answer : transfer(answer, [bytes.buffer]);
}

function unpackBody(body: PackedBody): BodyInit {
	switch (body.kind) {
		case "value":
			return body.value as BodyInit;
		case "search":
			return new URLSearchParams(body.value);
		case "form": {
			const form = new FormData();
			for (const [name, value, filename] of body.entries)
				if (typeof value === "string") form.append(name, value);
				else form.append(name, value as Blob, filename);
			return form;
		}
	}
}
