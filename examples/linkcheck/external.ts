/** Tries links to other hosts. Never sends a request to a private address. */
"use structured";

import { lookup } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
import { forEach, retry, suspend } from "holdfast";
import { groupBy } from "./groups.ts";
import type { Link } from "./page.ts";
import type { Report } from "./report.ts";
import type { RequestLimits } from "./site.ts";
import { type Broken, explainFailure, mayPass, ServerFault } from "./verdict.ts";

interface Place {
	readonly file: string;
	readonly link: Link;
}

/** Every place from which an address, without its fragment, is linked. */
export type ExternalLinks = Map<string, Place[]>;

/** Requests to one host at once. */
const perHost = 2;
const mostRedirects = 5;
/** In a row, by one host. */
const mostTimeouts = 3;

/** @param isPrivate which IP addresses must not be asked. */
export async function checkExternal(
	links: ExternalLinks,
	limits: RequestLimits,
	report: Report,
	isPrivate: (address: string) => boolean = isPrivateAddress,
): Promise<void> {
	const hosts = groupBy(links, ([address]) => new URL(address).host).values();
	const checkHost = async (addresses: [string, Place[]][]): Promise<void> => {
		const host = new Host();
		await forEach(
			addresses,
			async ([address, places]) => {
				const outcome = host.givenUp ?? (await tryExternal(address, limits, isPrivate));
				host.learn(outcome);
				report.externalTried += 1;
				if (outcome === "skipped") report.externalSkipped += 1;
				else if (outcome !== "fine") for (const { file, link } of places) report.add({ file, ...link, ...outcome });
			},
			{ concurrency: perHost },
		);
	};
	await forEach(hosts, checkHost, { concurrency: limits.concurrency });
}

type Outcome = Broken | "fine" | "skipped";

/** Decides when a host is not worth further requests: the rest of its addresses get the verdict of the last. */
class Host {
	givenUp: Broken | undefined;
	#timeouts = 0;

	learn(outcome: Outcome): void {
		const broken = typeof outcome === "string" ? undefined : outcome;
		this.#timeouts = broken?.reason === "timeout" ? this.#timeouts + 1 : 0;
		const unreachable = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)\b/.test(broken?.detail ?? "");
		if (unreachable || this.#timeouts === mostTimeouts) this.givenUp = broken;
	}
}

/** A private address, or a name that leads to one. */
class PrivateAddressError extends Error {}

async function tryExternal(
	address: string,
	limits: RequestLimits,
	isPrivate: (address: string) => boolean,
): Promise<Outcome> {
	const attempts = limits.retries + 1;
	try {
		const status = await retry(async () => statusOf(address, isPrivate), {
			attempts,
			timeout: limits.timeout,
			delay: 500,
			maxDelay: 5_000,
			retryIf: mayPass,
		});
		// Refusing strangers, or too many of them, does not mean that the page is gone.
		return status < 400 || [401, 403, 407, 429].includes(status)
			? "fine"
			: { reason: "HTTP status", detail: `HTTP ${status}` };
	} catch (error) {
		if (error instanceof PrivateAddressError) return "skipped";
		return explainFailure(error, attempts);
	}
}

/** HEAD, and GET where HEAD is not liked. Redirects are followed one by one, each through the same guard. */
async function statusOf(address: string, isPrivate: (address: string) => boolean): Promise<number> {
	let url = new URL(address);
	for (let hop = 0; ; hop += 1) {
		let reply = await send("HEAD", url, isPrivate);
		if (reply.status >= 400) reply = await send("GET", url, isPrivate);
		if (reply.status >= 500) throw new ServerFault(reply.status);
		const redirects = reply.status >= 300 && reply.status < 400 && reply.location !== undefined;
		if (!redirects || hop === mostRedirects || !URL.canParse(reply.location!, url.href)) return reply.status;
		url = new URL(reply.location!, url);
		if (!/^https?:$/.test(url.protocol)) return reply.status;
	}
}

interface Reply {
	readonly status: number;
	readonly location: string | undefined;
}

/** Node's requests, rather than fetch(): these let us see the address before anything is sent to it. */
async function send(method: "HEAD" | "GET", url: URL, isPrivate: (address: string) => boolean): Promise<Reply> {
	const host = url.hostname.replace(/^\[|\]$/g, "");
	if (isIP(host) ? isPrivate(host) : isPrivateName(host)) throw new PrivateAddressError(host);
	return await suspend<Reply>((resume) => {
		const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(
			{
				method,
				host,
				port: url.port,
				path: url.pathname + url.search,
				agent: false,
				lookup: lookupUnless(isPrivate),
				headers,
			},
			(response: IncomingMessage) => {
				resume({ status: response.statusCode ?? 0, location: response.headers.location });
				response.destroy();
			},
		);
		// After the reply, or after we gave up, nobody is interested any more.
		request.on("error", (error) => resume.throw(error));
		request.end();
		return () => {
			request.destroy();
		};
	});
}

const headers = { "user-agent": "holdfast-linkcheck", accept: "*/*" };

/** Resolves a name to its public addresses: what is connected to is what was looked at. */
function lookupUnless(isPrivate: (address: string) => boolean): LookupFunction {
	return (name, options, callback) => {
		lookup(name, { ...options, all: true }, (error, addresses) => {
			if (error) return callback(error, []);
			const open = addresses.filter(({ address }) => !isPrivate(address));
			const first = open[0];
			if (first === undefined) return callback(new PrivateAddressError(name), []);
			if (options.all) callback(null, open);
			else callback(null, first.address, first.family);
		});
	};
}

/** Names that RFC 6761, 6762 and 8375 and common use keep for one's own network, and for examples. */
function isPrivateName(name: string): boolean {
	return (
		!name.includes(".") || /\.(?:localhost|local|internal|lan|home\.arpa|test|example|invalid|onion)\.?$/i.test(name)
	);
}

const privateAddresses = new BlockList();
for (const [network, prefix] of [
	["0.0.0.0", 8],
	["10.0.0.0", 8],
	["100.64.0.0", 10],
	["127.0.0.0", 8],
	["169.254.0.0", 16],
	["172.16.0.0", 12],
	["192.0.0.0", 24],
	["192.0.2.0", 24],
	["192.168.0.0", 16],
	["198.18.0.0", 15],
	["198.51.100.0", 24],
	["203.0.113.0", 24],
	["224.0.0.0", 4],
	["240.0.0.0", 4],
] as const) {
	privateAddresses.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
	["::", 96],
	["64:ff9b::", 96],
	["64:ff9b:1::", 48],
	["100::", 64],
	["2001:db8::", 32],
	["2002::", 16],
	["fc00::", 7],
	["fe80::", 10],
	["fec0::", 10],
	["ff00::", 8],
] as const) {
	privateAddresses.addSubnet(network, prefix, "ipv6");
}

/** Loopback, link-local, private, reserved and documentation addresses, and those that wrap an IPv4 address. */
export function isPrivateAddress(address: string): boolean {
	// BlockList judges ::ffff:a.b.c.d by the IPv4 rules.
	return privateAddresses.check(address.replace(/%.*$/, ""), isIPv6(address) ? "ipv6" : "ipv4");
}
