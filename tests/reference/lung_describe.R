# Descriptive statistics of lung: whole numbers, some missing.
source("common.R")
lung <- data_set("lung")

reference("n", nrow(lung), "count")
reference("n_loss", sum(!is.na(lung$wt.loss)), "count")
reference("age_mean", mean(lung$age))
reference("age_var", var(lung$age))
reference("age_sd", sd(lung$age))
reference("loss_mean", mean(lung$wt.loss, na.rm = TRUE))
reference("loss_var", var(lung$wt.loss, na.rm = TRUE))
reference("age_time", cor(lung$age, lung$time))
reference("ages", unname(table(cut(lung$age, seq(35, 85, 5), include.lowest = TRUE))), "count")
reference("sex_ecog", unname(table(lung$sex, lung$ph.ecog)), "count")

deciles <- c(0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.9, 1)
reference("age_median", median(lung$age))
reference("time_quantiles", unname(quantile(lung$time, deciles)))
reference("women_quartiles", unname(quantile(lung$time[lung$sex == 2], c(0.25, 0.5, 0.75))))
reference("loss_quantiles", unname(quantile(lung$wt.loss, deciles, na.rm = TRUE)))
reference("meal_quartiles", unname(quantile(lung$meal.cal, na.rm = TRUE)))
reference("meal_iqr", IQR(lung$meal.cal[lung$status == 2], na.rm = TRUE))
reference("loss_upto", ecdf(lung$wt.loss)(c(-10, 0, 5, 70)))
reference("loss_missing", sum(is.na(lung$wt.loss)), "count")
reference("women", {
	h <- prop.test(sum(lung$sex == 2), nrow(lung), correct = FALSE)
	list(estimate = unname(h$estimate), nobs = nrow(lung), conf_low = h$conf.int[1], conf_high = h$conf.int[2])
})
reference("active", {
	a <- na.omit(lung$ph.ecog) < 2
	h <- prop.test(sum(a), length(a), correct = FALSE, conf.level = 0.9)
	list(estimate = unname(h$estimate), nobs = length(a), conf_low = h$conf.int[1], conf_high = h$conf.int[2])
})
write_reference()
