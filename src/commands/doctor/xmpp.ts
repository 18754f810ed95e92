/** The component handshake (XEP-0114), and its failures in an administrator's words. */
import { isFailure, type Failure } from '../../failure.js';
import { gatewayNames } from '../../config/edges.js';
import { formatSocketAddress } from '../../config/units.js';
import { IqCaller } from '../../xmpp/iq.js';
import { ComponentStream, type StreamEnd } from '../../xmpp/stream.js';
import { UploadService, type FoundService } from '../../xmpp/upload-service.js';
import { good, problem, skipped, warn, type DoctorContext, type Examine, type Finding } from './finding.js';

const PART = 'XMPP server';
const UPLOAD = 'upload service';

/** Not while a gateway runs: one server would drop its link (conflict), another would share its messages out. */
export const examineXmpp: Examine = async (context) => {
  if (context.running) return [skipped(PART, 'a gateway is running and holds the link')];
  const found: Finding[] = [];
  const end = await handshake(context, async (iq) => void found.push(...(await examineUpload(context, iq))));
  const { service, domain } = context.config.xmpp;
  if (end === undefined) return [good(PART, `${formatSocketAddress(service)} accepts ${domain} and the secret`), ...found];
  return [diagnose(end, context)];
};

/** May the gateway put files there? Asks for a place for one byte, and leaves it empty (XEP-0363 §5). */
async function examineUpload({ config }: DoctorContext, iq: IqCaller): Promise<Finding[]> {
  if (!config.files.upload) return [skipped(UPLOAD, 'files.upload is false')];
  const names = gatewayNames(config);
  const uploads = new UploadService(iq, names, Date.now);
  const service = await uploads.service();
  const slot = isFailure(service) ? service : await uploads.slot({ name: 'doctor.txt', type: 'text/plain', size: 1 });
  if (!isFailure(slot) && !isFailure(service)) return [good(UPLOAD, `${service.jid} takes files of mails${limitOf(service)}`)];
  const why = (isFailure(service) ? service : (slot as Failure)).text;
  return [warn(UPLOAD, `files of mails cannot be put there: ${why}`, `let ${names.domain} upload (the end of the block that \`stanzapost init\` prints), or set web.listen and web.public_url for links of the gateway's own`)];
}

function limitOf({ maxSize }: FoundService): string {
  return maxSize === Infinity ? '' : ` up to ${Math.floor(maxSize / 1_000_000)} MB`;
}

/** @param examine what is asked over the link; undefined is returned when the server accepted it */
function handshake({ config: { xmpp }, timeoutMs }: DoctorContext, examine: (iq: IqCaller) => Promise<void>): Promise<StreamEnd | undefined> {
  const { service, domain, secret } = xmpp;
  const options = { service: `xmpp://${formatSocketAddress(service)}`, domain, secret: secret.reveal(), connectDeadline: timeoutMs };
  return new Promise((resolve) => {
    let accepted = false;
    const iq = new IqCaller((stanza) => {
      stream.write(stanza.toString());
      return undefined;
    });
    const late = setTimeout(() => iq.lost(), timeoutMs);
    const stream = new ComponentStream(options, Date.now, {
      online: () => {
        accepted = true;
        void examine(iq).finally(() => {
          clearTimeout(late);
          return stream.close(timeoutMs);
        });
      },
      ended: (end) => {
        clearTimeout(late);
        iq.lost();
        resolve(accepted ? undefined : end);
      },
      stanza: (stanza) => void iq.answered(stanza),
      drain: () => undefined,
      bug: () => undefined,
    });
  });
}

function diagnose({ condition, text }: StreamEnd, { config: { xmpp } }: DoctorContext): Finding {
  const where = formatSocketAddress(xmpp.service);
  const known = condition === undefined ? undefined : CONDITIONS[condition];
  if (known !== undefined) return problem(PART, `${where} ${known.text}`, known.mend(xmpp.domain));
  if (condition !== undefined) return problem(PART, `${where} ended the stream: ${condition}`, 'look into the log of the XMPP server');
  if (/ECONNREFUSED|ENOENT/.test(text)) {
    return problem(PART, `nobody listens on ${where}`, 'start the XMPP server, or correct xmpp.service and the component port of the server');
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return problem(PART, `the host of xmpp.service is not known`, 'correct xmpp.service');
  return problem(PART, `no handshake with ${where}: ${text}`, 'check that xmpp.service names the component port (5347), not the one for clients (5222)');
}

/** RFC 6120 §4.9.3 and XEP-0114 §3. */
const CONDITIONS: Readonly<Record<string, { readonly text: string; readonly mend: (domain: string) => string }>> = {
  'not-authorized': {
    text: 'refuses the secret',
    // ejabberd says the same of a domain that it does not know.
    mend: () => 'make xmpp.secret and xmpp.domain the same as in the component block of the XMPP server, and restart the server',
  },
  'host-unknown': {
    text: 'knows no component of this domain',
    mend: (domain) => `add the component block of ${domain} to the XMPP server (\`stanzapost init\` prints one), and restart it`,
  },
  conflict: {
    text: 'has a connection for this domain already',
    mend: () => 'find the other gateway or component that uses this domain, and stop it',
  },
};
