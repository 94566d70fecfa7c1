/* Contracting boxes around critical points: the compiled form of numerics/landscape_engine.py, eight boxes at a time.

An interval is a pair of vectors, minus the lower end and the upper end, both rounded upward by adding
2^-51 |x| + 1e-300 as verify/recheck/batch/lanes.py does; that file says why. What is found here is only a search: the
checker does every contraction again. Boxes in which anything is undefined are left as they are. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define W 8
typedef double v8 __attribute__((vector_size(64), aligned(8)));
typedef long long m8 __attribute__((vector_size(64), aligned(8)));
typedef struct { v8 l, u; } iv;

enum { INPUT, FORM, MUL, POW, INV, EXP, LOG, SQRT, TANH, SIGMOID, SOFTPLUS, ERF, SIN, COS, RELU, ABS, SLOPE };
enum { SWEEPS = 2, MAXN = 16 };

typedef struct {
    long steps, first, inputs, value, solved;
    const long *op, *a, *b, *start, *stop;   /* b: second argument, exponent, or number of the input */
    const double *constant;                  /* (steps, 2) */
    const long *place;
    const double *factor;                    /* (terms, 2) */
    const long *gradient, *hessian;
    const long *demand;                      /* registers that lie in limits (gradient and solved parameters) */
    const double *limit;                     /* (inputs + solved, 2) */
} tape;

static inline v8 sel(m8 m, v8 a, v8 b) { return (v8)((m & (m8)a) | (~m & (m8)b)); }
static inline v8 all(double x) { return (v8){x, x, x, x, x, x, x, x}; }
static inline v8 vmax(v8 a, v8 b) { return sel(a > b, a, b); }
static inline v8 vmin(v8 a, v8 b) { return sel(a < b, a, b); }
static inline v8 vabs(v8 x) { return (v8)((m8)x & 0x7fffffffffffffffLL); }
static inline v8 up(v8 x) { return x + (vabs(x) * 0x1p-51 + 1e-300); }
static inline v8 down(v8 x) { return x - (vabs(x) * 0x1p-51 + 1e-300); }
static inline int any(m8 m) { long long t = 0; for (int k = 0; k < W; k++) t |= m[k]; return t != 0; }
static inline iv neg(iv x) { return (iv){x.u, x.l}; }
static inline iv add(iv x, iv y) { return (iv){up(x.l + y.l), up(x.u + y.u)}; }
static inline iv meet(iv x, iv y) { return (iv){sel(y.l < x.l, y.l, x.l), sel(y.u < x.u, y.u, x.u)}; }
static inline m8 reversed(iv x) { return x.u < -x.l; }
static const double NONE = INFINITY;

static inline iv mul(iv x, iv y) {
    v8 s0 = x.l * y.l, s1 = x.u * y.u, c0 = x.l * y.u, c1 = x.u * y.l;
    return (iv){up(vmax(vmax(c0, c1), -vmin(s0, s1))), up(vmax(vmax(s0, s1), -vmin(c0, c1)))};
}

static inline iv scaled(iv x, const double *f) {
    if (-f[0] == f[1]) {
        iv t = f[1] >= 0 ? x : neg(x);
        double c = fabs(f[1]);
        if (c == 1) return t;
        return (iv){up(t.l * c), up(t.u * c)};
    }
    return mul(x, (iv){all(f[0]), all(f[1])});
}

static inline iv divided(iv x, const double *f) {
    if (-f[0] == f[1]) {
        iv t = f[1] >= 0 ? x : neg(x);
        double c = fabs(f[1]);
        if (c == 1) return t;
        return (iv){up(t.l / c), up(t.u / c)};
    }
    double ends[2] = {-1.0 / f[1], -1.0 / f[0]};
    return mul(x, (iv){up(all(ends[0])), up(all(ends[1]))});
}

static inline iv inv(iv x) {
    m8 good = (x.l < 0) | (x.u < 0);
    v8 nan = all(NAN);
    return (iv){sel(good, up(-1.0 / x.u), nan), sel(good, up(-1.0 / x.l), nan)};
}

static inline v8 least(iv x) { return vmax(all(0), -vmin(x.l, x.u)); }
static inline v8 most(iv x) { return vmax(x.l, x.u); }

static v8 raised(v8 x, long n, int upward) {
    v8 out = x;
    for (long k = 1; k < n; k++) out = upward ? up(out * x) : vmax(down(out * x), all(0));
    return out;
}

static iv power(iv x, long n) {
    if (n == 0) return (iv){all(-1), all(1)};
    if (n == 1) return x;
    if (n % 2 == 0) return (iv){-raised(least(x), n, 0), raised(most(x), n, 1)};
    v8 l = vabs(x.l), u = vabs(x.u);
    return (iv){sel(x.l > 0, raised(l, n, 1), -raised(l, n, 0)), sel(x.u < 0, -raised(u, n, 0), raised(u, n, 1))};
}

#define EXP_ERROR 2e-14

static v8 exp8(v8 x) {
    x = vmin(vmax(x, all(-680.0)), all(700.0));
    v8 t = x * 1.4426950408889634 + 6755399441055744.0;
    v8 k = t - 6755399441055744.0;
    v8 r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
    v8 p = all(1.0 / 6227020800.0);
    static const double c[13] = {1 / 479001600.0, 1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0, 1 / 5040.0,
                                 1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 0.5, 1.0, 1.0};
    for (int i = 0; i < 13; i++) p = p * r + c[i];
    m8 n = (m8)t - (m8)all(6755399441055744.0);
    return p * (v8)((n + 1023) << 52);
}
static inline v8 exp_low(v8 x) { return sel(x < -680.0, all(0), exp8(x) * (1 - EXP_ERROR)); }
static inline v8 exp_high(v8 x) { return sel(x > 700.0, all(INFINITY), exp8(x) * (1 + EXP_ERROR)); }

static v8 log_at(v8 x, double sign) {
    v8 out;
    for (int k = 0; k < W; k++) { double g = log(x[k]); out[k] = g + sign * 5e-14 * (1 + fabs(g)); }
    return out;
}

static v8 sigmoid_at(v8 x, int upward) {
    v8 e = exp8(-vabs(x));
    v8 lo = e * (1 - EXP_ERROR), hi = e * (1 + EXP_ERROR);
    if (upward) return sel(x >= 0, vmin(up(1.0 / down(1.0 + lo)), all(1)), up(hi / down(1.0 + hi)));
    return sel(x >= 0, down(1.0 / up(1.0 + hi)), down(lo / up(1.0 + lo)));
}

static v8 tanh_at(v8 x, int upward) {
    v8 size = vabs(x), e = exp8(-2.0 * size);
    v8 lo = e * (1 - EXP_ERROR), hi = e * (1 + EXP_ERROR);
    v8 low = vmax(down(down(1.0 - hi) / up(1.0 + hi)), all(0));
    v8 high = vmin(vmin(up(up(1.0 - lo) / down(1.0 + lo)), all(1)), size);
    return upward ? sel(x >= 0, high, -low) : sel(x >= 0, low, -high);
}

static v8 softplus_at(v8 x, int upward) {
    v8 e = exp8(-vabs(x)), out;
    for (int k = 0; k < W; k++) out[k] = log1p(e[k]);
    out = upward ? vmin(out + 6e-14 * (1 + out), e * (1 + EXP_ERROR)) : vmax(out - 6e-14 * (1 + out), e * (1 - EXP_ERROR) - up(0.5 * e * e));
    out = vmax(out, all(0)) + vmax(x, all(0));
    return upward ? up(out) : down(out);
}

static v8 root_at(v8 x, int upward) {
    v8 out;
    for (int k = 0; k < W; k++) out[k] = sqrt(x[k]);
    return upward ? up(out) : vmax(down(out), all(0));
}

static iv wave(iv x, double quarters) {
    iv out;
    for (int k = 0; k < W; k++) {
        double low = -x.l[k] + quarters * M_PI_2, high = x.u[k] + quarters * M_PI_2;
        double a = sin(low), b = sin(high), slack = 1e-14 * (1 + fabs(low) + fabs(high)), turn = 2 * M_PI;
        double most = fmax(a, b), least = fmin(a, b);
        if (floor((high + slack) / turn - 0.25) >= ceil((low - slack) / turn - 0.25)) most = 1;
        if (floor((high + slack) / turn + 0.25) >= ceil((low - slack) / turn + 0.25)) least = -1;
        out.l[k] = -least + slack; out.u[k] = most + slack;
    }
    return out;
}

static iv function(long op, iv x) {
    v8 nan = all(NAN);
    switch (op) {
    case EXP: return (iv){-exp_low(-x.l), exp_high(x.u)};
    case LOG: { m8 good = x.l < 0; return (iv){sel(good, -log_at(-x.l, -1), nan), sel(good, log_at(x.u, 1), nan)}; }
    case SQRT: { m8 good = x.l < 0; return (iv){sel(good, -root_at(-x.l, 0), nan), sel(good, root_at(x.u, 1), nan)}; }
    case TANH: return (iv){-tanh_at(-x.l, 0), tanh_at(x.u, 1)};
    case SIGMOID: return (iv){-sigmoid_at(-x.l, 0), sigmoid_at(x.u, 1)};
    case SOFTPLUS: return (iv){-softplus_at(-x.l, 0), softplus_at(x.u, 1)};
    case ERF: { iv out; for (int k = 0; k < W; k++) { out.l[k] = -erf(-x.l[k]) + 1e-15; out.u[k] = erf(x.u[k]) + 1e-15; } return out; }
    case SIN: return wave(x, 0);
    case COS: return wave(x, 1);
    case RELU: return (iv){vmin(x.l, all(0)), vmax(x.u, all(0))};
    case ABS: return (iv){-least(x), most(x)};
    default: return (iv){sel(x.l < 0, all(-1), all(0)), sel(x.u < 0, all(0), all(1))};
    }
}

/* An interval with every x at which a function has a value in y; NONE where nothing is known. */
static iv preimage(long op, iv y) {
    iv out = {all(NONE), all(NONE)};
    for (int k = 0; k < W; k++) {
        for (int side = 0; side < 2; side++) {
            double v = side ? y.u[k] : -y.l[k], g, slack;
            switch (op) {
            case EXP: if (!(v > 1e-290)) continue; g = log(v); slack = 0; break;
            case LOG: if (!(fabs(v) < 600)) continue; g = exp(v); slack = 1e-12 * g; break;
            case SQRT: if (!(v >= 0)) continue; g = v * v; slack = 0; break;
            case TANH: if (!(fabs(v) < 1 - 1e-12)) continue; g = 0.5 * log((1 + v) / (1 - v)); slack = 6e-14 / (1 - v * v); break;
            case SIGMOID: if (!(v > 1e-280 && v < 1 - 1e-12)) continue; g = log(v / (1 - v)); slack = 6e-14 / (1 - v); break;
            case SOFTPLUS: if (!(v > 1e-12 && v < 1e6)) continue; g = v + log(-expm1(-v)); slack = 3e-13 * (1 + v) / -expm1(-v); break;
            default: continue;
            }
            slack += 2e-12 * (1 + fabs(g));
            if (side) out.u[k] = g + slack; else out.l[k] = -(g - slack);
        }
    }
    return out;
}

static iv quotient(iv a, iv x, iv b) {
    m8 whole = (b.l < 0) | (b.u < 0), away = ~whole & ((x.l < 0) | (x.u < 0));
    iv out = a;
    if (any(whole)) {
        iv q = mul(x, inv(b));
        out = (iv){sel(whole & (q.l < a.l), q.l, a.l), sel(whole & (q.u < a.u), q.u, a.u)};
    }
    if (any(away)) {
        m8 positive = x.l < 0;
        v8 near = sel(positive, -x.l, x.u), over = sel(positive, b.u, -b.l), under = sel(positive, -b.l, b.u);
        v8 above = sel(over == 0, all(INFINITY), down(near / over)), below = sel(under == 0, all(-INFINITY), up(near / under));
        m8 lower = away & (-a.l > below) & (above > -a.l), upper = away & (a.u < above) & (below < a.u);
        out = (iv){sel(lower, -above, out.l), sel(upper, below, out.u)};
    }
    return out;
}

static iv even_root(iv a, iv x, long n) {
    while (n % 4 == 0) {
        x = (iv){all(0), root_at(vmax(x.u, all(0)), 1)};
        n /= 2;
    }
    if (n != 2) return a;
    v8 big = sel(x.u >= 0, root_at(vmax(x.u, all(0)), 1), all(-1));
    v8 small = sel(x.l < 0, root_at(vmax(-x.l, all(0)), 0), all(0));
    iv out = meet(a, (iv){big, big});
    m8 lower = (-out.l > -small) & (-out.l < small), upper = (out.u < small) & (out.u > -small);
    return (iv){sel(lower, -small, out.l), sel(upper, -small, out.u)};
}

static inline m8 known(iv x) { return (x.l == x.l) & (x.u == x.u); }
static inline m8 bounded(iv x) { return (x.l - x.l == 0) & (x.u - x.u == 0); }

/* A product in which 0 * infinity shows. */
static iv careful(iv x, iv y) {
    iv out = mul(x, y);
    v8 s0 = x.l * y.l, s1 = x.u * y.u, c0 = x.l * y.u, c1 = x.u * y.l;
    m8 fine = (s0 == s0) & (s1 == s1) & (c0 == c0) & (c1 == c1);
    return (iv){sel(fine, out.l, all(NAN)), sel(fine, out.u, all(NAN))};
}

/* Fill registers 0..to; ``again`` intersects with what is known. Clears lanes of ``good`` in which anything is not
known, of ``finite_`` in which anything is infinite. */
static void forward(const tape *t, const iv *box, long to, int again, iv *v, m8 *good, m8 *finite_, m8 *smooth) {
    for (long s = 0; s < to; s++) {
        iv x;
        switch (t->op[s]) {
        case INPUT: x = box[t->b[s]]; break;
        case FORM:
            x = (iv){all(t->constant[2 * s]), all(t->constant[2 * s + 1])};
            for (long k = t->start[s]; k < t->stop[s]; k++) x = add(x, scaled(v[t->place[k]], t->factor + 2 * k));
            break;
        case MUL: x = any(~*finite_) ? careful(v[t->a[s]], v[t->b[s]]) : mul(v[t->a[s]], v[t->b[s]]); break;
        case POW: x = power(v[t->a[s]], t->b[s]); break;
        case INV: x = inv(v[t->a[s]]); break;
        default: x = function(t->op[s], v[t->a[s]]);
        }
        if (t->op[s] >= RELU) *smooth &= (v[t->a[s]].l < 0) | (v[t->a[s]].u < 0);
        if (!again) { *good &= known(x); *finite_ &= bounded(x); }
        v[s] = again ? meet(v[s], x) : x;
    }
}

static void backward(const tape *t, iv *v) {
    for (long s = t->first - 1; s >= 0; s--) {
        long a = t->a[s], b = t->b[s];
        switch (t->op[s]) {
        case INPUT: break;
        case FORM: {
            iv total = {all(t->constant[2 * s]), all(t->constant[2 * s + 1])};
            for (long k = t->start[s]; k < t->stop[s]; k++) total = add(total, scaled(v[t->place[k]], t->factor + 2 * k));
            for (long k = t->start[s]; k < t->stop[s]; k++) {
                iv part = scaled(v[t->place[k]], t->factor + 2 * k);
                iv others = {up(total.l - part.l), up(total.u - part.u)};
                v[t->place[k]] = meet(v[t->place[k]], divided(add(v[s], neg(others)), t->factor + 2 * k));
            }
            break;
        }
        case MUL:
            v[a] = quotient(v[a], v[s], v[b]);
            v[b] = quotient(v[b], v[s], v[a]);
            break;
        case POW: if (b > 1 && b % 2 == 0) v[a] = even_root(v[a], v[s], b); break;
        case INV: v[a] = meet(v[a], inv(v[s])); break;
        case EXP: case LOG: case SQRT: case TANH: case SIGMOID: case SOFTPLUS: v[a] = meet(v[a], preimage(t->op[s], v[s]));
        }
    }
}

static void invert(const v8 *matrix, v8 *out, long n) {
    for (int lane = 0; lane < W; lane++) {
        double w[MAXN][2 * MAXN];
        for (long i = 0; i < n; i++)
            for (long j = 0; j < n; j++) { w[i][j] = matrix[i * n + j][lane]; w[i][n + j] = i == j; }
        for (long c = 0; c < n; c++) {
            long p = c;
            for (long i = c + 1; i < n; i++) if (fabs(w[i][c]) > fabs(w[p][c])) p = i;
            for (long j = 0; j < 2 * n; j++) { double x = w[c][j]; w[c][j] = w[p][j]; w[p][j] = x; }
            double top = 1.0 / w[c][c];
            for (long j = 0; j < 2 * n; j++) w[c][j] *= top;
            for (long i = 0; i < n; i++) {
                double f = w[i][c];
                if (i != c) for (long j = 0; j < 2 * n; j++) w[i][j] -= f * w[c][j];
            }
        }
        for (long i = 0; i < n; i++) for (long j = 0; j < n; j++) out[i * n + j][lane] = w[i][n + j];
    }
}

typedef struct { iv hessian[MAXN * MAXN], slopes[MAXN], rows[MAXN * MAXN], offsets[MAXN], left[MAXN]; v8 inverse[MAXN * MAXN], center[MAXN]; } work;

/* Hessian over boxes, gradient at their middles, and both times the inverse of the middle Hessian. */
static void linearised(const tape *t, const iv *box, iv *v, work *w, m8 *good, m8 *smooth) {
    long n = t->inputs, e = 0;
    m8 finite_ = *good;
    iv point[MAXN];
    v8 middle[MAXN * MAXN];
    forward(t, box, t->steps, 0, v, good, &finite_, smooth);
    for (long i = 0; i < n; i++)
        for (long j = i; j < n; j++) w->hessian[i * n + j] = w->hessian[j * n + i] = v[t->hessian[e++]];
    for (long i = 0; i < n; i++) {
        w->center[i] = 0.5 * (box[i].u - box[i].l);
        point[i] = (iv){-w->center[i], w->center[i]};
        w->left[i] = add(box[i], neg(point[i]));
    }
    for (long i = 0; i < n; i++) w->left[i] = (iv){up(box[i].l + w->center[i]), up(box[i].u - w->center[i])};
    forward(t, point, t->first, 0, v, good, &finite_, smooth);
    *good &= finite_;
    for (long i = 0; i < n; i++) w->slopes[i] = v[t->gradient[i]];
    for (long i = 0; i < n * n; i++) middle[i] = 0.5 * (w->hessian[i].u - w->hessian[i].l);
    invert(middle, w->inverse, n);
    for (long i = 0; i < n; i++) {
        iv total = {all(0), all(0)};
        for (long k = 0; k < n; k++) {
            v8 p = vmax(w->inverse[i * n + k], all(0)), m = vmax(-w->inverse[i * n + k], all(0));
            iv g = w->slopes[k];
            total = (iv){up(total.l + up(p * g.l + m * g.u)), up(total.u + up(p * g.u + m * g.l))};
        }
        w->offsets[i] = total;
        for (long j = 0; j < n; j++) {
            total = (iv){all(0), all(0)};
            for (long k = 0; k < n; k++) {
                v8 p = vmax(w->inverse[i * n + k], all(0)), m = vmax(-w->inverse[i * n + k], all(0));
                iv h = w->hessian[k * n + j];
                total = (iv){up(total.l + up(p * h.l + m * h.u)), up(total.u + up(p * h.u + m * h.l))};
            }
            w->rows[i * n + j] = total;
        }
    }
}

static void solve_row(const iv *row, iv offset, iv *left, long n, long only, m8 *empty) {
    iv part[MAXN], total = offset;
    for (long j = 0; j < n; j++) { part[j] = mul(row[j], left[j]); total = add(total, part[j]); }
    *empty |= (total.l < 0) | (total.u < 0);
    for (long j = 0; j < n; j++) {
        if (only >= 0 && j != only) continue;
        iv others = {up(total.l - part[j].l), up(total.u - part[j].u)};
        left[j] = quotient(left[j], neg(others), row[j]);
        *empty |= reversed(left[j]);
    }
}

static void *room(long steps) { return aligned_alloc(64, (sizeof(iv) * (steps + 1) + 63) / 64 * 64); }

static void load(const double *boxes, long n, long count, const long *which, long have, iv *box) {
    for (long i = 0; i < n; i++)
        for (int k = 0; k < W; k++) {
            long c = which[k < have ? k : have - 1];
            box[i].l[k] = boxes[(2 * i) * count + c];
            box[i].u[k] = boxes[(2 * i + 1) * count + c];
        }
}

/* Contract boxes (n, 2, count) in place; write program, emptiness and the axis to cut of each. */
int examine(const tape *t, long count, double *boxes, long *programs, long *empty, long *axes, double useful, double shorter) {
    long n = t->inputs, demands = n + t->solved, waiting = 0;
    if (n > MAXN) return 1;
    iv *v = room(t->steps);
    long *queue = malloc(sizeof(long) * (count + 1));
    double *narrowed = malloc(sizeof(double) * 2 * n * (count + 1));
    work *w = aligned_alloc(64, (sizeof(work) + 63) / 64 * 64);
    if (!v || !queue || !narrowed || !w) { free(v); free(queue); free(narrowed); free(w); return 2; }
    memcpy(narrowed, boxes, sizeof(double) * 2 * n * count);
    iv box[MAXN];
    long which[W];
    for (long first = 0; first < count; first += W) {
        long have = count - first < W ? count - first : W;
        for (int k = 0; k < W; k++) which[k] = first + k;
        load(boxes, n, count, which, have, box);
        m8 good = all(0) == all(0), smooth = good, finite_ = good, gone = all(0) != all(0), early = gone;
        forward(t, box, t->first, 0, v, &good, &finite_, &smooth);
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            if (sweep) forward(t, box, t->first, 1, v, &good, &finite_, &smooth);
            for (long d = 0; d < demands; d++)
                v[t->demand[d]] = meet(v[t->demand[d]], (iv){all(t->limit[2 * d]), all(t->limit[2 * d + 1])});
            for (long d = 0; d < demands; d++) gone |= reversed(v[t->demand[d]]);
            backward(t, v);
            for (long s = 0; s < t->first; s++) gone |= reversed(v[s]);
            gone &= good;
            if (!sweep) { early = gone; if (!any(~gone)) break; }
        }
        for (long k = 0; k < have; k++) {
            long c = first + k;
            programs[c] = gone[k] ? (early[k] ? 1 : 2) : 0;
            empty[c] = gone[k] != 0;
            axes[c] = 0;
            if (gone[k]) continue;
            queue[waiting++] = c;
            if (!good[k]) continue;
            for (long s = 0; s < t->first; s++)
                if (t->op[s] == INPUT) {
                    narrowed[(2 * t->b[s]) * count + c] = v[s].l[k];
                    narrowed[(2 * t->b[s] + 1) * count + c] = v[s].u[k];
                }
        }
    }
    for (long first = 0; first < waiting; first += W) {
        long have = waiting - first < W ? waiting - first : W;
        iv left[MAXN];
        load(narrowed, n, count, queue + first, have, box);
        m8 good = all(0) == all(0), smooth = good, gone = all(0) != all(0);
        linearised(t, box, v, w, &good, &smooth);
        good &= smooth;
        for (long i = 0; i < n; i++) solve_row(w->hessian + i * n, w->slopes[i], w->left, n, -1, &gone);
        for (int sweep = 0; sweep < 2; sweep++)
            for (long i = 0; i < n; i++) solve_row(w->rows + i * n, w->offsets[i], w->left, n, i, &gone);
        for (long i = 0; i < n; i++)
            left[i] = meet(box[i], (iv){up(w->left[i].l - w->center[i]), up(w->left[i].u + w->center[i])});
        for (long k = 0; k < have; k++) {
            long c = queue[first + k], axis = 0;
            if (good[k] && gone[k]) { programs[c] = 3; empty[c] = 1; continue; }
            for (int stage = 2; stage <= 3; stage++) {
                int better = 0;
                if (stage == 3 && !good[k]) break;
                for (long i = 0; i < n; i++) {
                    double before = boxes[(2 * i) * count + c] + boxes[(2 * i + 1) * count + c];
                    double after = stage == 2 ? box[i].l[k] + box[i].u[k] : left[i].l[k] + left[i].u[k];
                    better |= after < useful * before;
                }
                if (!better) continue;
                programs[c] = stage;
                for (long i = 0; i < n; i++) {
                    boxes[(2 * i) * count + c] = stage == 2 ? box[i].l[k] : left[i].l[k];
                    boxes[(2 * i + 1) * count + c] = stage == 2 ? box[i].u[k] : left[i].u[k];
                }
            }
            double width[MAXN], share[MAXN], longest = 0, best = 0;
            for (long i = 0; i < n; i++) {
                width[i] = boxes[(2 * i) * count + c] + boxes[(2 * i + 1) * count + c];
                share[i] = 0;
                if (width[i] > longest) { longest = width[i]; axis = i; }
            }
            for (long i = 0; i < n && good[k]; i++) {
                double total = 0;
                for (long j = 0; j < n; j++) total += fmax(w->hessian[i * n + j].l[k], w->hessian[i * n + j].u[k]) * width[j];
                if (total > 0) for (long j = 0; j < n; j++)
                    share[j] += fmax(w->hessian[i * n + j].l[k], w->hessian[i * n + j].u[k]) * width[j] / total;
            }
            for (long i = 0; i < n; i++)
                if (width[i] >= shorter * longest && share[i] > best) { best = share[i]; axis = i; }
            axes[c] = axis;
        }
    }
    free(v); free(queue); free(narrowed); free(w);
    return 0;
}

/* Whether Krawczyk's test succeeds on boxes (n, 2, count). */
int krawczyk(const tape *t, long count, const double *boxes, long *single) {
    long n = t->inputs;
    if (n > MAXN) return 1;
    iv *v = room(t->steps), box[MAXN];
    work *w = aligned_alloc(64, (sizeof(work) + 63) / 64 * 64);
    if (!v || !w) { free(v); free(w); return 2; }
    for (long first = 0; first < count; first += W) {
        long have = count - first < W ? count - first : W, which[W];
        for (int k = 0; k < W; k++) which[k] = first + k;
        load(boxes, n, count, which, have, box);
        m8 good = all(0) == all(0), smooth = good;
        linearised(t, box, v, w, &good, &smooth);
        good &= smooth;
        for (long i = 0; i < n; i++) {
            iv image = neg(w->offsets[i]);
            for (long j = 0; j < n; j++) {
                iv rest = neg(w->rows[i * n + j]);
                if (i == j) rest = add(rest, (iv){all(-1), all(1)});
                image = add(image, mul(rest, w->left[j]));
            }
            image = (iv){up(image.l - w->center[i]), up(image.u + w->center[i])};
            good &= (image.l < box[i].l) & (image.u < box[i].u);
        }
        for (long k = 0; k < have; k++) single[first + k] = good[k] != 0;
    }
    free(v); free(w);
    return 0;
}

/* Newton's method from points (n, count), in place, with steps no longer than scale (n). */
int roots(const tape *t, long count, double *points, const double *scale, long *converged, long steps, double close) {
    long n = t->inputs;
    if (n > MAXN) return 1;
    iv *v = room(t->steps), box[MAXN];
    if (!v) return 2;
    for (long first = 0; first < count; first += W) {
        long have = count - first < W ? count - first : W;
        v8 x[MAXN], middle[MAXN * MAXN], inverse[MAXN * MAXN];
        m8 done = all(0) != all(0), alive = ~done;
        for (long i = 0; i < n; i++)
            for (int k = 0; k < W; k++) x[i][k] = points[i * count + first + (k < have ? k : have - 1)];
        for (long step = 0; step < steps && any(alive); step++) {
            m8 good = all(0) == all(0), smooth = good, finite_ = good;
            for (long i = 0; i < n; i++) box[i] = (iv){-x[i], x[i]};
            forward(t, box, t->steps, 0, v, &good, &finite_, &smooth);
            good &= finite_;
            long e = 0;
            for (long i = 0; i < n; i++)
                for (long j = i; j < n; j++, e++)
                    middle[i * n + j] = middle[j * n + i] = 0.5 * (v[t->hessian[e]].u - v[t->hessian[e]].l);
            invert(middle, inverse, n);
            v8 move[MAXN], longest = all(0);
            for (long i = 0; i < n; i++) {
                move[i] = all(0);
                for (long k = 0; k < n; k++) move[i] -= inverse[i * n + k] * (0.5 * (v[t->gradient[k]].u - v[t->gradient[k]].l));
                longest = sel(vabs(move[i]) / scale[i] <= longest, longest, vabs(move[i]) / scale[i]);
            }
            alive &= good & smooth & (longest - longest == 0);
            for (long i = 0; i < n; i++) x[i] = sel(alive, x[i] + move[i] / vmax(longest, all(1)), x[i]);
            done |= alive & (longest < close);
            alive &= ~done;
        }
        for (long k = 0; k < have; k++) {
            converged[first + k] = done[k] != 0;
            for (long i = 0; i < n; i++) points[i * count + first + k] = x[i][k];
        }
    }
    free(v);
    return 0;
}

/* Values (steps, 2, count) of chosen registers over boxes (n, 2, count); NaN where anything is not finite. */
int enclose(const tape *t, long count, const double *boxes, long wanted, const long *registers, double *out) {
    long n = t->inputs;
    if (n > MAXN) return 1;
    iv *v = room(t->steps), box[MAXN];
    if (!v) return 2;
    for (long first = 0; first < count; first += W) {
        long have = count - first < W ? count - first : W, which[W];
        for (int k = 0; k < W; k++) which[k] = first + k;
        load(boxes, n, count, which, have, box);
        m8 good = all(0) == all(0), smooth = good, finite_ = good;
        forward(t, box, t->steps, 0, v, &good, &finite_, &smooth);
        good &= finite_;
        for (long r = 0; r < wanted; r++)
            for (long k = 0; k < have; k++) {
                out[(2 * r) * count + first + k] = good[k] ? v[registers[r]].l[k] : NAN;
                out[(2 * r + 1) * count + first + k] = good[k] ? v[registers[r]].u[k] : NAN;
            }
    }
    free(v);
    return 0;
}
