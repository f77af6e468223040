/* SPDX-License-Identifier: Apache-2.0 */
/* Products of signals on the sphere for C and for every language that calls C; plan.hpp and feature_interaction.hpp say what they are.
 * Library: libansatz_gaunt.so. Functions return 0, or a negative number, after which ansatz_last_error() says why (per thread): -2 a bad argument, -1
 * our fault.
 *
 *   ansatz_gaunt_desc d = {sizeof d};            every field left out is 0: product in float, layout mul_ir, method auto, one thread
 *   d.degree1 = d.degree2 = 2; d.degree3 = -1;
 *   ansatz_gaunt_plan *plan;
 *   if (ansatz_gaunt_plan_create(&d, &plan) == 0) ansatz_gaunt_execute(plan, x, y, z, n, NULL);
 *   ansatz_gaunt_plan_destroy(plan);
 *
 * Arrays hold n signals, or n elements of a batch of the irreps given, one after another, of the precision of the plan; for blocks n counts signals,
 * rounded up to whole blocks, and arrays start on 64-byte boundaries. Outputs must not overlap inputs. Threads: a plan is const; calls may run at
 * once, each with its own `work`. */
#ifndef ANSATZ_GAUNT_C_API_H
#define ANSATZ_GAUNT_C_API_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ANSATZ_GAUNT_ABI = 1 };
enum { ANSATZ_GAUNT_F32 = 0, ANSATZ_GAUNT_F64 = 1 };
enum {
  ANSATZ_GAUNT_MUL_IR = 0, /* channels slow, orders fast */
  ANSATZ_GAUNT_IR_MUL = 1, /* orders slow, channels fast */
  ANSATZ_GAUNT_BLOCKS = 2  /* [block][coefficient][lane], 16 lanes of float or 8 of double; degrees only, integral normalisation */
};
enum { ANSATZ_GAUNT_INTEGRAL = 0, ANSATZ_GAUNT_COMPONENT = 1, ANSATZ_GAUNT_NORM = 2 };
enum { ANSATZ_GAUNT_VERIFY = 1 }; /* flag: let all methods multiply one block first and compare */

typedef struct ansatz_gaunt_desc {
  size_t struct_size; /* sizeof(ansatz_gaunt_desc) */
  int degree1, degree2, degree3; /* if irreps1 is NULL; degree3 = -1 is the sum of the others */
  const char *irreps1, *irreps2, *irreps3; /* "8x0e+8x1o"; all or none */
  int precision;
  int layout;
  int normalisation;
  const char *method; /* NULL: auto */
  int threads; /* 0: 1 */
  unsigned flags;
} ansatz_gaunt_desc;

typedef struct ansatz_gaunt_plan ansatz_gaunt_plan;

int ansatz_gaunt_plan_create(const ansatz_gaunt_desc *desc, ansatz_gaunt_plan **plan);
/* NULL is allowed. */
void ansatz_gaunt_plan_destroy(ansatz_gaunt_plan *plan);

/* Numbers of one signal, or of one element of the batch, of operand 1, 2 or 3; 0 for another operand. */
size_t ansatz_gaunt_size(const ansatz_gaunt_plan *plan, int operand);
/* Bytes of `work`, which starts on a 64-byte boundary; with NULL a call allocates its own. */
size_t ansatz_gaunt_workspace(const ansatz_gaunt_plan *plan);
/* Names of the methods taken, "direct" or "direct theta_mconv" (product, gradients); valid while the plan lives. */
const char *ansatz_gaunt_method(const ansatz_gaunt_plan *plan);

/* z = P[x * y] */
int ansatz_gaunt_execute(const ansatz_gaunt_plan *plan, const void *x, const void *y, void *z, size_t n, void *work);
/* Gradients of <g, z> to x and y. */
int ansatz_gaunt_vjp(const ansatz_gaunt_plan *plan, const void *x, const void *y, const void *g, void *xbar, void *ybar, size_t n, void *work);
/* Derivative of z along (dx, dy). */
int ansatz_gaunt_jvp(const ansatz_gaunt_plan *plan, const void *x, const void *y, const void *dx, const void *dy, void *dz, size_t n, void *work);

/* ANSATZ_GAUNT_ABI of the library. */
int ansatz_gaunt_abi_version(void);
/* What the last failed call of this thread said; "" if none failed. */
const char *ansatz_last_error(void);

#ifdef __cplusplus
}
#endif

#endif
