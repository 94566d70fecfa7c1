/* Elementwise mathematics on lanes: each of LANES doubles belongs to another parameter point.
   Needs a compiler with vector extensions (GCC, Clang). Errors are within about 2 units in the last place;
   overflow, infinities and undefined values come out as the NumPy reading has them. */

#if defined(__AVX512F__)
#define LANES 8
#else
#define LANES 4
#endif

typedef double v __attribute__((vector_size(8 * LANES)));
typedef long long w __attribute__((vector_size(8 * LANES)));

double sin(double);
double cos(double);

#define LIKELY_INLINE static inline __attribute__((always_inline, unused))
#define NOT_A_NUMBER __builtin_nan("")
#define INFINITE __builtin_inf()

LIKELY_INLINE v splat(double a) { return a - (v){0}; }
LIKELY_INLINE v choose(w m, v a, v b) { return (v)((m & (w)a) | (~m & (w)b)); }
LIKELY_INLINE v vabs(v a) { return (v)((w)a & 0x7fffffffffffffffLL); }
LIKELY_INLINE v with_sign(v a, v s) { return (v)((w)a | ((w)s & (~0x7fffffffffffffffLL))); }

/* The larger one; undefined where either is. */
LIKELY_INLINE v vmax(v a, v b) { return choose((a > b) | (a != a), a, b); }
LIKELY_INLINE v vmin(v a, v b) { return choose((a < b) | (a != a), a, b); }

LIKELY_INLINE v vsqrt(v a) {
  v r;
  for (int l = 0; l < LANES; ++l) r[l] = __builtin_sqrt(a[l]);
  return r;
}

#define PER_LANE(name, function) \
  static __attribute__((noinline, unused)) v name(v a) { \
    v r; \
    for (int l = 0; l < LANES; ++l) r[l] = function(a[l]); \
    return r; \
  }
PER_LANE(vsin, sin)
PER_LANE(vcos, cos)

/* --- exponential ------------------------------------------------------------------------------------------- */

#define SHIFT 0x1.8p52 /* adding it rounds to an integer, kept in the low bits */
#define LOG2_E 1.4426950408889634
#define LN2_HIGH 0.6931471803691238
#define LN2_LOW 1.9082149292705877e-10

LIKELY_INLINE v scaled(v p, v t, v k) {
#if defined(__AVX512F__)
  (void)t;
  return __builtin_ia32_scalefpd512_mask(p, k, p, -1, 4);
#else
  w n = (w)t - (w)splat(SHIFT), half = n >> 1;
  return p * (v)((half << 52) + 0x3ff0000000000000LL) * (v)(((n - half) << 52) + 0x3ff0000000000000LL);
#endif
}

/* exp of arguments that are at most zero, or undefined. */
LIKELY_INLINE v vexp_falling(v x) {
  x = choose(x < -800.0, splat(-800.0), x);
  v t = x * LOG2_E + SHIFT, k = t - SHIFT;
  v r = (x - k * LN2_HIGH) - k * LN2_LOW;
  v q = r * 2.510038549551032e-08 + 2.7620088445409746e-07;
  q = q * r + 2.7557268459997064e-06;
  q = q * r + 2.4801521295954376e-05;
  q = q * r + 0.00019841269863053618;
  q = q * r + 0.0013888888917213717;
  q = q * r + 0.008333333333330062;
  q = q * r + 0.04166666666662413;
  q = q * r + 0.16666666666666669;
  q = q * r + 0.5000000000000001;
  return scaled(1.0 + (r + r * r * q), t, k);
}

LIKELY_INLINE v vexp(v x) { return vexp_falling(choose(x > 800.0, splat(800.0), x)); }

/* exp(x)-1 for 0 <= x < 700. */
LIKELY_INLINE v vexpm1_rising(v x) {
  v t = x * LOG2_E + SHIFT, k = t - SHIFT;
  v r = (x - k * LN2_HIGH) - k * LN2_LOW;
  v q = r * 2.0914686968086876e-09 + 2.5105217004720745e-08;
  q = q * r + 2.75572736431103e-07;
  q = q * r + 2.7557255400206422e-06;
  q = q * r + 2.4801587325547743e-05;
  q = q * r + 0.00019841269874820627;
  q = q * r + 0.0013888888888883748;
  q = q * r + 0.008333333333326136;
  q = q * r + 0.04166666666666667;
  q = q * r + 0.1666666666666667;
  q = q * r + 0.5;
  v power = (v)((((w)t - (w)splat(SHIFT)) << 52) + 0x3ff0000000000000LL);
  return power * (r + r * r * q) + (power - 1.0);
}

LIKELY_INLINE v vtanh(v x) {
  v a = vabs(x);
  v grown = vexpm1_rising(2.0 * choose(a > 20.0, splat(20.0), a));
  v value = with_sign(grown / (grown + 2.0), x);
  return choose(x != x, x, value);
}

/* --- error function ----------------------------------------------------------------------------------------- */

/* Up to one, x times a polynomial in x^2; beyond, 1-exp(-x^2) times a polynomial in 2/(2+x). Both interpolate at
   Chebyshev points; their errors are below 0.2 units in the last place. */
LIKELY_INLINE v verf(v x) {
  v a = vabs(x), z = choose(a < 1.0, a * a, splat(1.0));
  v near = z * 5.957176147748911e-11 - 1.1372848856791674e-09;
  near = near * z + 1.4659775274047436e-08;
  near = near * z - 1.6350312701054695e-07;
  near = near * z + 1.6461000484121368e-06;
  near = near * z - 1.4925595266831182e-05;
  near = near * z + 0.0001205533111164271;
  near = near * z - 0.000854832698083379;
  near = near * z + 0.0052239776248180145;
  near = near * z - 0.026866170645076792;
  near = near * z + 0.11283791670954879;
  near = near * z - 0.3761263890318375;
  near = near * z + 1.1283791670955126;
  v b = choose(a > 6.2, splat(6.2), a);
  v t = 2.0 / (2.0 + b) - 0.45528455284552846;
  v far = t * 0.06336579288579158 - 0.05494406720741515;
  far = far * t - 0.037166893528425456;
  far = far * t + 0.08310749929143724;
  far = far * t - 0.006617807838463527;
  far = far * t - 0.09459206537371573;
  far = far * t + 0.048671472321434844;
  far = far * t + 0.11505831444062875;
  far = far * t - 0.09224682999626228;
  far = far * t - 0.2041968348727748;
  far = far * t + 0.10777518037642393;
  far = far * t + 0.6167830709282752;
  far = far * t + 0.8827882813438346;
  far = far * t + 0.7716890599829277;
  far = far * t + 0.21906860662095726;
  far = 1.0 - far * vexp_falling(-b * b);
  return choose(x != x, x, with_sign(choose(a < 1.0, a * near, far), x));
}

/* --- logarithm --------------------------------------------------------------------------------------------- */

/* log of arguments above zero; nan otherwise. After the reduction of fdlibm. */
LIKELY_INLINE v vlog(v x) {
  w tiny = x < 0x1p-1022;
  v y = choose(tiny, x * 0x1p54, x);
  w k = ((w)y - 0x3fe6a09e667f3bcdLL) >> 52;
  v f = (v)((w)y - (k << 52)) - 1.0;
  v e = __builtin_convertvector(k, v) - (v)(tiny & (w)splat(54.0));
  v s = f / (f + 2.0), z = s * s, h = 0.5 * f * f;
  v p = z * 1.479819860511658591e-01 + 1.531383769920937332e-01;
  p = p * z + 1.818357216161805012e-01;
  p = p * z + 2.222219843214978396e-01;
  p = p * z + 2.857142874366239149e-01;
  p = p * z + 3.999999999940941908e-01;
  p = p * z + 6.666666666666735130e-01;
  v value = e * LN2_HIGH - ((h - (s * (h + z * p) + e * LN2_LOW)) - f);
  value = choose(x == INFINITE, x, value);
  return choose(x > 0.0, value, splat(NOT_A_NUMBER));
}

/* log(1+x) for 0 <= x <= 1. */
LIKELY_INLINE v vlog1p_unit(v x) {
  v u = 1.0 + x;
  return vlog(u) + (x - (u - 1.0)) / u;
}

/* --- the rest ---------------------------------------------------------------------------------------------- */

LIKELY_INLINE v vsigmoid(v x) {
  v shrunk = vexp_falling(-vabs(x));
  return choose(x >= 0.0, splat(1.0), shrunk) / (1.0 + shrunk);
}

LIKELY_INLINE v vsoftplus(v x) { return vmax(x, splat(0.0)) + vlog1p_unit(vexp_falling(-vabs(x))); }

LIKELY_INLINE v vdiv(v a, v b) { return choose(b == 0.0, splat(NOT_A_NUMBER), a / b); }
LIKELY_INLINE v vrelu(v a) { return vmax(a, splat(0.0)); }
LIKELY_INLINE v vsign(v a) {
  v value = (v)(((a > 0.0) & (w)splat(1.0)) | ((a < 0.0) & (w)splat(-1.0)));
  return choose(a != a, a, value);
}
LIKELY_INLINE v vstep(v a) {
  return choose(a > 0.0, splat(1.0), choose(a < 0.0, splat(0.0), splat(NOT_A_NUMBER)));
}
/* The threshold of sparsemax, max over k of (sum of the k largest - 1)/k; sorts the entries. */
static __attribute__((unused)) v vthreshold(v *r, long n) {
  for (long i = 1; i < n; ++i)
    for (long j = i; j > 0; --j) {
      v high = vmax(r[j - 1], r[j]), low = vmin(r[j - 1], r[j]);
      r[j - 1] = high;
      r[j] = low;
    }
  v sum = splat(0.0), top = splat(-INFINITE);
  for (long k = 0; k < n; ++k) {
    sum += r[k];
    top = vmax(top, (sum - 1.0) / (double)(k + 1));
  }
  return top;
}
LIKELY_INLINE v vpower0(v a) { return choose(a != a, a, splat(1.0)); }

/* Conditions are 1, 0, or nan where a compared value is undefined. */
LIKELY_INLINE v truth(w holds, v a, v b) {
  return choose((a != a) | (b != b), splat(NOT_A_NUMBER), (v)(holds & (w)splat(1.0)));
}
LIKELY_INLINE v vlt(v a, v b) { return truth(a < b, a, b); }
LIKELY_INLINE v vle(v a, v b) { return truth(a <= b, a, b); }
LIKELY_INLINE v veq(v a, v b) { return truth(a == b, a, b); }
LIKELY_INLINE v vne(v a, v b) { return truth(a != b, a, b); }
LIKELY_INLINE v vwhere(v c, v a, v b) {
  return choose(c != c, c, choose(c == 1.0, a, b));
}

/* --- in and out -------------------------------------------------------------------------------------------- */

/* Points begin..begin+LANES of an array (count, size), entry by entry; the last point fills the rest. */
static __attribute__((unused)) void pack(v *to, const double *from, long size, long begin, long count) {
  for (int l = 0; l < LANES; ++l) {
    const double *row = from + (begin + l < count ? begin + l : count - 1) * size;
    for (long e = 0; e < size; ++e) to[e][l] = row[e];
  }
}

LIKELY_INLINE void put(double *to, long size, long live, v a) {
  for (long l = 0; l < live; ++l) to[l * size] = a[l];
}

LIKELY_INLINE void put_truth(unsigned char *to, long size, long live, v a) {
  for (long l = 0; l < live; ++l) to[l * size] = a[l] == 1.0;
}
