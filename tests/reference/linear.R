# Linear regressions of mtcars.
source("common.R")
cars <- data_set("mtcars")

fit <- function(m) {
	s <- summary(m)
	f <- s$fstatistic
	list(estimate = unname(coef(m)), std_error = unname(s$coefficients[, 2]), statistic = unname(s$coefficients[, 3]),
		p_value = unname(s$coefficients[, 4]), conf_low = unname(confint(m)[, 1]), conf_high = unname(confint(m)[, 2]),
		nobs = nobs(m), df = m$df.residual, r_squared = s$r.squared, adj_r_squared = s$adj.r.squared, sigma = s$sigma,
		f_statistic = unname(f[1]), f_p_value = unname(pf(f[1], f[2], f[3], lower.tail = FALSE)), deviance = deviance(m),
		log_lik = as.numeric(logLik(m)), aic = AIC(m))
}

reference("mpg", fit(lm(mpg ~ wt + hp, data = cars)), "model")
reference("mpg_estimate", unname(coef(lm(mpg ~ disp + hp + drat + wt + qsec, data = cars))), "model")
reference("mpg_std_error", unname(summary(lm(mpg ~ disp + hp + drat + wt + qsec, data = cars))$coefficients[, 2]), "model")
reference("mpg_df", 26, "count")
reference("mpg_p_value", unname(summary(lm(mpg ~ disp + hp + drat + wt + qsec, data = cars))$coefficients[, 4]), "p")
reference("mpg_small", unname(coef(lm(I(mpg / 1e4) ~ I(wt / 1e3) + I(hp * 1e3), data = cars))), "model")
reference("collinear", c(NA, NA, NA))
reference("constant", c(NA, NA, NA))
reference("few", unname(coef(lm(mpg ~ wt + hp, data = cars[cars$wt > 4, ]))), "model")
# Columns of the widest range without missing values; a slope of 1e-8; fits that are perfect.
reference("wide", fit(lm(disp ~ drat + qsec, data = cars)), "model")
reference("slight", fit(lm(I(wt / 1e3) ~ I(hp * 1e3), data = cars)), "model")
reference("perfect", c(NA, NA, NA))
reference("line", list(df = 30, estimate = 1, statistic = NA, p_value = 0, conf_low = 1, conf_high = 1))
write_reference()
