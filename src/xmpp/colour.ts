/** The colour by which clients tell people apart (XEP-0392 §5.1): HSLuv with full saturation and half lightness. Pure. */
import { createHash } from 'node:crypto';

const SATURATION = 100;
const LIGHTNESS = 50;

/** From XYZ to linear sRGB. */
const TO_RGB = [
  [3.240969941904521, -1.537383177570093, -0.498610760293],
  [-0.96924363628087, 1.87596750150772, 0.041555057407175],
  [0.055630079696993, -0.20397695888897, 1.056971514242878],
] as const;
/** The white point in u′v′, and the constants of CIE L*. */
const WHITE = { u: 0.19783000664283, v: 0.46831999493879 };
const KAPPA = 903.2962962;
const EPSILON = 0.0088564516;

/** Degrees: the first two bytes of the text's SHA-1, little-endian. */
export function hueOf(text: string): number {
  return (createHash('sha1').update(text, 'utf8').digest().readUInt16LE(0) / 65_536) * 360;
}

/** `#rrggbb` for a JID or another name. */
export function colourOf(text: string): string {
  const channels = rgbOf(hueOf(text));
  return `#${channels.map((channel) => Math.round(Math.min(1, Math.max(0, channel)) * 255).toString(16).padStart(2, '0')).join('')}`;
}

function rgbOf(hue: number): number[] {
  const angle = (hue / 360) * 2 * Math.PI;
  const chroma = (largestChroma(angle) * SATURATION) / 100;
  const u = (Math.cos(angle) * chroma) / (13 * LIGHTNESS) + WHITE.u;
  const v = (Math.sin(angle) * chroma) / (13 * LIGHTNESS) + WHITE.v;
  const y = LIGHTNESS > 8 ? ((LIGHTNESS + 16) / 116) ** 3 : LIGHTNESS / KAPPA;
  const x = (9 * y * u) / (4 * v);
  const z = (3 * y) / v - x / 3 - 5 * y;
  return TO_RGB.map(([a, b, c]) => gamma(a * x + b * y + c * z));
}

function gamma(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** How far the hue's ray goes until it leaves sRGB at this lightness. */
function largestChroma(angle: number): number {
  const lengths = bounds().map(({ slope, offset }) => offset / (Math.sin(angle) - slope * Math.cos(angle)));
  return Math.min(...lengths.filter((length) => length >= 0));
}

/** The six lines that bound sRGB at this lightness, in the plane of chroma. */
function bounds(): { slope: number; offset: number }[] {
  const cubed = (LIGHTNESS + 16) ** 3 / 1_560_896;
  const scale = cubed > EPSILON ? cubed : LIGHTNESS / KAPPA;
  return TO_RGB.flatMap(([a, b, c]) =>
    [0, 1].map((side) => {
      const top = (284_517 * a - 94_839 * c) * scale;
      const above = (838_422 * c + 769_860 * b + 731_718 * a) * LIGHTNESS * scale - 769_860 * side * LIGHTNESS;
      const bottom = (632_260 * c - 126_452 * b) * scale + 126_452 * side;
      return { slope: top / bottom, offset: above / bottom };
    }),
  );
}
