/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface from C: a product whose factors and result are known, gradients, refused calls. */
#include <ansatz/equivariant/gaunt/c_api.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
static void expect(int holds, const char *what) {
  if (holds) return;
  ++failures;
  printf("failed: %s (%s)\n", what, ansatz_last_error());
}

/* e_2 * e_2 = e_0 / sqrt(4 pi) + e_6 / sqrt(5 pi) for two elements, the second doubled. */
static void multiplies(int precision, int layout) {
  const double pi = acos(-1.0);
  ansatz_gaunt_desc d = {sizeof d};
  d.degree1 = d.degree2 = 1;
  d.degree3 = -1;
  d.precision = precision;
  d.layout = layout;
  d.flags = ANSATZ_GAUNT_VERIFY;
  ansatz_gaunt_plan *plan = NULL;
  expect(ansatz_gaunt_plan_create(&d, &plan) == 0, "create");
  expect(ansatz_gaunt_size(plan, 1) == 4 && ansatz_gaunt_size(plan, 3) == 9 && ansatz_gaunt_size(plan, 4) == 0, "sizes");
  expect(strlen(ansatz_gaunt_method(plan)) > 0, "method");
  void *work = aligned_alloc(64, (ansatz_gaunt_workspace(plan) + 63) / 64 * 64);
  for (int pass = 0; pass < 2; ++pass) {
    float x[8] = {0, 0, 1, 0, 0, 0, 2, 0}, z[18] = {0}, xbar[8], ybar[8], g[18] = {1};
    double xd[8] = {0, 0, 1, 0, 0, 0, 2, 0}, zd[18] = {0}, xbard[8], ybard[8], gd[18] = {1};
    const int single = precision == ANSATZ_GAUNT_F32;
    const void *in = single ? (void *)x : (void *)xd;
    expect(ansatz_gaunt_execute(plan, in, in, single ? (void *)z : (void *)zd, 2, pass ? work : NULL) == 0, "execute");
    const double tolerance = single ? 1e-6 : 1e-14;
    for (int i = 0; i < 9; ++i) {
      const double wanted = i == 0 ? 1 / sqrt(4 * pi) : i == 6 ? 1 / sqrt(5 * pi) : 0;
      expect(fabs((single ? z[i] : zd[i]) - wanted) < tolerance, "first element");
      expect(fabs((single ? z[9 + i] : zd[9 + i]) - 4 * wanted) < 4 * tolerance, "second element");
    }
    /* g = e_0 in the first element: xbar = y / sqrt(4 pi) there, 0 in the second */
    expect(ansatz_gaunt_vjp(plan, in, in, single ? (void *)g : (void *)gd, single ? (void *)xbar : (void *)xbard,
                            single ? (void *)ybar : (void *)ybard, 2, pass ? work : NULL) == 0, "vjp");
    expect(fabs((single ? xbar[2] : xbard[2]) - 1 / sqrt(4 * pi)) < tolerance && (single ? xbar[6] : xbard[6]) == 0, "gradient");
    expect(ansatz_gaunt_jvp(plan, in, in, in, in, single ? (void *)z : (void *)zd, 2, pass ? work : NULL) == 0, "jvp");
    expect(fabs((single ? z[0] : zd[0]) - 2 / sqrt(4 * pi)) < 2 * tolerance, "derivative");
  }
  free(work);
  ansatz_gaunt_plan_destroy(plan);
}

static void multiplies_blocks(void) {
  ansatz_gaunt_desc d = {sizeof d};
  d.degree1 = d.degree2 = 1;
  d.degree3 = 0;
  d.precision = ANSATZ_GAUNT_F64;
  d.layout = ANSATZ_GAUNT_BLOCKS;
  d.threads = 2;
  ansatz_gaunt_plan *plan = NULL;
  expect(ansatz_gaunt_plan_create(&d, &plan) == 0, "create of blocks");
  double *x = aligned_alloc(64, 2 * 4 * 8 * sizeof *x), *z = aligned_alloc(64, 2 * 8 * sizeof *z);
  for (int i = 0; i < 64; ++i) x[i] = i / 8 % 4 == 3 ? i % 8 + 1 : 0;
  expect(ansatz_gaunt_execute(plan, x, x, z, 13, NULL) == 0, "13 signals fill two blocks");
  for (int i = 0; i < 16; ++i) expect(fabs(z[i] - (i % 8 + 1) * (i % 8 + 1) / sqrt(4 * acos(-1.0))) < 1e-13, "lane");
  expect(ansatz_gaunt_execute(plan, x + 1, x, z, 8, NULL) == -2 && strstr(ansatz_last_error(), "64-byte"), "misaligned");
  free(x);
  free(z);
  ansatz_gaunt_plan_destroy(plan);
}

/* Each with its phrase. */
static void refuses(void) {
  ansatz_gaunt_plan *plan = NULL;
  ansatz_gaunt_desc d = {0};
  expect(ansatz_gaunt_plan_create(&d, &plan) == -2 && strstr(ansatz_last_error(), "struct_size"), "no size");
  expect(ansatz_gaunt_plan_create(NULL, &plan) == -2 && strstr(ansatz_last_error(), "desc"), "no description");
  d.struct_size = sizeof d;
  expect(ansatz_gaunt_plan_create(&d, NULL) == -2 && strstr(ansatz_last_error(), "plan"), "nowhere to put the plan");
  d.degree1 = -1;
  expect(ansatz_gaunt_plan_create(&d, &plan) == -2 && plan == NULL, "negative degree");
  d.degree1 = 1;
  d.precision = 2;
  expect(ansatz_gaunt_plan_create(&d, &plan) == -2 && strstr(ansatz_last_error(), "precision"), "precision");
  d.precision = 0;
  d.layout = 7;
  expect(ansatz_gaunt_plan_create(&d, &plan) == -2 && strstr(ansatz_last_error(), "layout"), "layout");
  d.layout = 0;
  d.method = "direkt";
  expect(ansatz_gaunt_plan_create(&d, &plan) == -2 && strstr(ansatz_last_error(), "direct"), "method");
  d.method = NULL;
  d.flags = 64;
  expect(ansatz_gaunt_plan_create(&d, &plan) == -2 && strstr(ansatz_last_error(), "flags"), "flags");
  d.flags = 0;
  d.irreps1 = "0e";
  expect(ansatz_gaunt_plan_create(&d, &plan) == -2 && strstr(ansatz_last_error(), "all three"), "one irreps");
  d.irreps2 = "1q";
  d.irreps3 = "0e";
  expect(ansatz_gaunt_plan_create(&d, &plan) == -2, "bad irreps");
  expect(ansatz_gaunt_execute(NULL, NULL, NULL, NULL, 1, NULL) == -2, "no plan");
  ansatz_gaunt_plan_destroy(NULL);
}

int main(void) {
  expect(ansatz_gaunt_abi_version() == ANSATZ_GAUNT_ABI, "version");
  expect(strcmp(ansatz_last_error(), "") == 0, "no error yet");
  multiplies(ANSATZ_GAUNT_F32, ANSATZ_GAUNT_MUL_IR);
  multiplies(ANSATZ_GAUNT_F64, ANSATZ_GAUNT_MUL_IR);
  multiplies(ANSATZ_GAUNT_F64, ANSATZ_GAUNT_IR_MUL);
  multiplies_blocks();
  refuses();
  printf("%d failures\n", failures);
  return failures != 0;
}
